// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "submeter/options.h"

namespace submeter::publish {

/// The message a broker sends for us, retained and with QoS 1, when we vanish.
struct Session {
  std::string will_topic;
  std::string will_payload;
};

/// `offline` on the gateway's status topic.
Session make_session(const GatewayOptions& gateway, const MqttOptions& options);

}  // namespace submeter::publish
