// SPDX-License-Identifier: Apache-2.0
// `mqtt:` where records go and how the connection is protected. SPEC sections 2 and 8.
#pragma once

#include <string>
#include <vector>

#include "config/section.h"
#include "submeter/options.h"

namespace submeter::config {

struct MqttDraft {
  MqttOptions options;
  Located<std::string> url;
  bool allow_plaintext = false;
  Located<std::string> ca_file;
  Located<std::string> cert_file;
  Located<std::string> key_file;
  Located<std::vector<std::string>> alpn;
  Located<std::string> username;
  Located<std::string> password_file;
};

const Section<MqttDraft>& mqtt_section();
const Section<BatchOptions>& batch_section();
/// The section, its keys held against each other and its files looked at.
MqttOptions read_mqtt(const Value& value);

}  // namespace submeter::config
