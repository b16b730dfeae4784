// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "submeter/options.h"
#include "submeter/result.h"

namespace submeter::publish {

/// What a broker means by refusing CONNECT with `code`, and what to look at: return codes of MQTT 3.1.1
/// (3.2.2.3), reason codes of MQTT 5 (3.2.2.2).
Error connack_error(int code, const MqttOptions& options);

/// The name of a reason code that ends a connection or refuses a publish in MQTT 5 (2.4).
Error reason_error(int code, const MqttOptions& options);

}  // namespace submeter::publish
