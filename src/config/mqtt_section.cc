// SPDX-License-Identifier: Apache-2.0
#include "config/mqtt_section.h"

#include <fmt/core.h>

#include <algorithm>

#include "config/broker_url.h"
#include "config/paths.h"

namespace submeter::config {

namespace {

/// Levels of a topic: no wildcard, no empty level, not one of the broker's own `$` trees.
Result<std::string> as_topic_root(const YamlNode& node) {
  constexpr std::size_t kLongest = 200;
  auto root = as_text(node);
  if (root && (root->size() > kLongest || root->find_first_of("+# \t") != std::string::npos ||
               root->starts_with('$') || root->starts_with('/') || root->ends_with('/') ||
               root->find("//") != std::string::npos)) {
    return expected("topic levels like submeter/v1, without +, #, spaces and empty levels", node);
  }
  return root;
}

/// MQTT 3.1.1 leaves brokers free to refuse more than 23 characters; those in use take far more.
Result<std::string> as_client_id(const YamlNode& node) {
  constexpr std::size_t kLongest = 128;
  auto id = as_text(node);
  if (id && (id->size() > kLongest || id->find_first_of("+#/ \t") != std::string::npos)) {
    return expected("at most 128 characters without +, #, / and spaces", node);
  }
  return id;
}

/// Names as a TLS handshake carries them (RFC 7301): one, or a list of them.
Result<std::vector<std::string>> as_protocols(const YamlNode& node) {
  constexpr std::size_t kLongest = 255;
  constexpr std::size_t kMost = 8;
  const bool list = node.kind == YamlNode::Kind::kSequence;
  std::vector<std::string> names;
  for (const YamlNode& item : list ? node.items : std::vector{node}) {
    auto name = as_text(item);
    if (!name || name->size() > kLongest) break;
    names.push_back(std::move(*name));
  }
  if (names.empty() || names.size() > kMost || names.size() != (list ? node.items.size() : 1)) {
    return expected("a protocol like x-amzn-mqtt-ca, or a list of up to 8", node);
  }
  return names;
}

void check_url(const MqttDraft& draft, MqttOptions& options) {
  const auto url = parse_broker_url(draft.url.value);
  if (!url) return draft.url.place.error(url.error().message);
  options.tls = url->tls;
  options.host = url->host;
  options.port = url->port;
  if (url->tls || url->is_loopback() || draft.allow_plaintext) return;
  draft.url.place.error(
      fmt::format("mqtt:// would send everything to {} in plain text; expected mqtts:// (mqtt:// is for this "
                  "machine only, "
                  "unless allow_plaintext: true)",
                  shown(url->host)));
}

void check_tls_files(const MqttDraft& draft, bool tls) {
  for (const Located<std::string>* file : {&draft.ca_file, &draft.cert_file, &draft.key_file}) {
    if (!tls && file->given())
      file->place.error("a TLS file has no use with mqtt://; expected mqtts:// or no such file");
  }
  if (!tls && draft.alpn.given()) {
    draft.alpn.place.error("alpn is a part of TLS and has no use with mqtt://; expected mqtts:// or no alpn");
  }
  if (draft.cert_file.given() && !draft.key_file.given()) {
    draft.cert_file.place.error("cert_file needs key_file, which is missing");
  }
  if (draft.key_file.given() && !draft.cert_file.given()) {
    draft.key_file.place.error("key_file needs cert_file, which is missing");
  }
  check_file(draft.ca_file);
  check_file(draft.cert_file);
  check_secret_file(draft.key_file);
}

/// `batch: off` or its keys.
void read_batch(const Value& value, MqttDraft& draft) {
  if (value.node->kind == YamlNode::Kind::kScalar) {
    if (value.node->text == "off") return;
    value.place().error(expected("off or {records: 50, delay: 250ms}", *value.node).message);
    return;
  }
  draft.options.batch.delay = std::chrono::milliseconds(250);
  batch_section().read(value, draft.options.batch);
}

}  // namespace

const Section<BatchOptions>& batch_section() {
  static const Section<BatchOptions> section(
      "batch", "batch",
      {required("records", &BatchOptions::records, Integer<std::size_t>{2, 500}),
       optional("delay", &BatchOptions::delay,
                DurationIn{std::chrono::milliseconds(10), std::chrono::seconds(60)})});
  return section;
}

const Section<MqttDraft>& mqtt_section() {
  static const Choice<MqttVersion> version{{{"3.1.1", MqttVersion::k311}, {"5", MqttVersion::k5}}};
  static const Choice<bool> on_or_off{{{"on", true}, {"off", false}, {"true", true}, {"false", false}}};
  static const Section<MqttDraft> section(
      "mqtt", "mqtt",
      {required("url", &MqttDraft::url, as_text),
       optional("allow_plaintext", &MqttDraft::allow_plaintext, as_bool),
       optional("client_id", within(&MqttDraft::options, &MqttOptions::client_id), as_client_id),
       optional_path("ca_file", &MqttDraft::ca_file), optional_path("cert_file", &MqttDraft::cert_file),
       optional_path("key_file", &MqttDraft::key_file), optional("alpn", &MqttDraft::alpn, as_protocols),
       optional("username", &MqttDraft::username, as_text),
       optional_path("password_file", &MqttDraft::password_file),
       optional("version", within(&MqttDraft::options, &MqttOptions::version), version),
       optional("topic_root", within(&MqttDraft::options, &MqttOptions::topic_root), as_topic_root),
       optional("replay_rate", within(&MqttDraft::options, &MqttOptions::replay_rate),
                Integer<unsigned>{0, 1'000'000}),
       optional_by<MqttDraft>("batch", read_batch),
       optional("home_assistant", within(&MqttDraft::options, &MqttOptions::home_assistant), on_or_off)});
  return section;
}

MqttOptions read_mqtt(const Value& value) {
  MqttDraft draft;
  mqtt_section().read(value, draft);
  MqttOptions options = draft.options;
  if (draft.url.given()) {
    check_url(draft, options);
    check_tls_files(draft, options.tls);
  }
  if (draft.password_file.given() && !draft.username.given()) {
    draft.password_file.place.error("password_file needs username, which is missing");
  }
  check_secret_file(draft.password_file);
  options.ca_file = draft.ca_file.value;
  options.cert_file = draft.cert_file.value;
  options.key_file = draft.key_file.value;
  options.alpn = draft.alpn.value;
  options.username = draft.username.value;
  options.password_file = draft.password_file.value;
  return options;
}

}  // namespace submeter::config
