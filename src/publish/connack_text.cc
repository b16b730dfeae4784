// SPDX-License-Identifier: Apache-2.0
#include "publish/connack_text.h"

#include <fmt/format.h>

#include <string>

namespace submeter::publish {
namespace {

std::string bad_login(const MqttOptions& options, int code) {
  if (options.username.empty()) {
    return fmt::format("broker wants a login (code {}): set mqtt.username and mqtt.password_file", code);
  }
  return fmt::format(
      "broker refused user name or password of \"{}\" (code {}): check mqtt.username and "
      "mqtt.password_file",
      options.username, code);
}

// Brokers answer so both to a wrong login and to a right one that may do nothing here.
std::string not_authorised(const MqttOptions& options, int code) {
  if (options.username.empty()) {
    return fmt::format(
        "broker refused the connection: not authorised (code {}); set mqtt.username and "
        "mqtt.password_file, or check what it allows \"{}\"",
        code, options.client_id);
  }
  return fmt::format(
      "broker refused the connection: not authorised (code {}); check mqtt.username \"{}\", "
      "mqtt.password_file and what the broker allows it",
      code, options.username);
}

std::string wrong_version(const MqttOptions& options, int code) {
  return fmt::format("broker does not speak MQTT {} (code {}): change mqtt.version",
                     options.version == MqttVersion::k5 ? "5" : "3.1.1", code);
}

std::string wrong_id(const MqttOptions& options, int code) {
  return fmt::format("broker refused mqtt.client_id \"{}\" (code {})", options.client_id, code);
}

}  // namespace

Error connack_error(int code, const MqttOptions& options) {
  switch (code) {
    case 0x01:
    case 0x84:
      return {wrong_version(options, code)};
    case 0x02:
    case 0x85:
      return {wrong_id(options, code)};
    case 0x04:
    case 0x86:
      return {bad_login(options, code)};
    case 0x05:
    case 0x87:
      return {not_authorised(options, code)};
    case 0x03:
    case 0x88:
      return {fmt::format("broker says it is not available (code {})", code)};
    default:
      return reason_error(code, options);
  }
}

Error reason_error(int code, const MqttOptions& options) {
  switch (code) {
    case 0x80:
      return {"broker: unspecified error (code 128); its log tells more"};
    case 0x83:
      return {"broker: an error of its own kind (code 131); its log tells more"};
    case 0x87:
      return {"broker: not authorised (code 135); check what it allows this client to publish (ACL)"};
    case 0x89:
      return {"broker: busy (code 137)"};
    case 0x8a:
      return {fmt::format("broker: client \"{}\" is banned (code 138)", options.client_id)};
    case 0x8b:
      return {"broker: shutting down (code 139)"};
    case 0x8d:
      return {"broker: heard nothing from us in time (code 141)"};
    case 0x8e:
      return {fmt::format("broker: another client came with the same mqtt.client_id \"{}\" (code 142)",
                          options.client_id)};
    case 0x90:
      return {"broker: topic name refused (code 144); check mqtt.topic_root"};
    case 0x93:
      return {"broker: more unacknowledged publishes than it takes (code 147)"};
    case 0x95:
      return {"broker: packet too large (code 149); check its size limits and mqtt.batch"};
    case 0x97:
      return {"broker: quota exceeded (code 151)"};
    case 0x98:
      return {"broker: closed by its administrator (code 152)"};
    case 0x99:
      return {"broker: payload refused (code 153); a rule or plugin of its own checks contents"};
    case 0x9a:
      return {"broker: keeps no retained messages (code 154), which status, info and last need"};
    case 0x9b:
      return {"broker: takes no QoS 1 (code 155), without which nothing is proven delivered"};
    case 0x9f:
      return {"broker: connects come too fast (code 159)"};
    default:
      return {fmt::format("broker: refused with reason code {}", code)};
  }
}

}  // namespace submeter::publish
