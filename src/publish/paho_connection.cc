// SPDX-License-Identifier: Apache-2.0
#include "publish/paho_connection.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "publish/connack_text.h"
#include "publish/connect_diagnosis.h"
#include "publish/paho_client.h"
#include "tls/client_session.h"

namespace submeter::publish {
namespace {

constexpr std::chrono::seconds kKeepAlive{15};
constexpr std::uint16_t kNoReceiveMaximum = std::numeric_limits<std::uint16_t>::max();

int protocol_version(const MqttOptions& options) {
  return static_cast<int>(options.version);
}

std::string server_uri(const MqttOptions& options) {
  const bool ipv6 = options.host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", options.tls ? "ssl" : "tcp", ipv6 ? "[" : "", options.host,
                     ipv6 ? "]" : "", options.port);
}

mqtt::create_options create_options(const MqttOptions& options, int max_buffered) {
  mqtt::create_options create(protocol_version(options));
  create.set_max_buffered_messages(max_buffered);
  return create;
}

// Chain and host name are verified, always: there is no switch.
mqtt::ssl_options tls_options(const MqttOptions& options) {
  mqtt::ssl_options tls;
  tls.set_verify(true);
  tls.set_enable_server_cert_auth(true);
  tls.set_enabled_cipher_suites(tls::kCiphers);
  tls.set_trust_store(options.ca_file);
  tls.set_key_store(options.cert_file);
  tls.set_private_key(options.key_file);
  if (!options.alpn.empty()) tls.set_alpn_protos(options.alpn);
  return tls;
}

// The store is the persistence and the publisher decides when to connect: no session kept by the broker, no
// reconnect by Paho.
mqtt::connect_options connect_options(const MqttOptions& options, const Session& session,
                                      const std::string& password) {
  mqtt::connect_options connect;
  connect.set_mqtt_version(protocol_version(options));
  if (options.version == MqttVersion::k5) {
    connect.set_clean_start(true);
  } else {
    connect.set_clean_session(true);
  }
  connect.set_automatic_reconnect(false);
  connect.set_keep_alive_interval(kKeepAlive);
  connect.set_connect_timeout(PahoClient::kConnectTimeout);
  connect.set_max_inflight(kNoReceiveMaximum);  // the publisher keeps the window; beyond this one Paho sleeps
  connect.set_will(mqtt::will_options(session.will_topic, session.will_payload,
                                      static_cast<int>(QoS::kAtLeastOnce), true));
  if (!options.username.empty()) connect.set_user_name(options.username);
  if (!password.empty()) connect.set_password(password);
  if (options.tls) connect.set_ssl(tls_options(options));
  return connect;
}

BrokerLimits broker_limits(const mqtt::token& token) {
  const mqtt::connect_response response = token.get_connect_response();
  const mqtt::properties& properties = response.get_properties();
  BrokerLimits limits;
  if (properties.contains(mqtt::property::RECEIVE_MAXIMUM)) {
    limits.receive_maximum = mqtt::get<std::uint16_t>(properties, mqtt::property::RECEIVE_MAXIMUM);
  }
  if (properties.contains(mqtt::property::MAXIMUM_PACKET_SIZE)) {
    limits.maximum_packet_size = mqtt::get<std::uint32_t>(properties, mqtt::property::MAXIMUM_PACKET_SIZE);
  }
  return limits;
}

std::uint64_t ticket_of(const mqtt::token& token) {
  return *static_cast<const std::uint64_t*>(token.get_user_context());
}

}  // namespace

PahoConnection::PahoConnection(Loop& loop, const MqttOptions& options, MqttClient::Listener& listener)
    : loop_(loop),
      options_(options),
      listener_(listener),
      client_(server_uri(options), options.client_id, create_options(options, kMaxBuffered)) {
  client_.set_connection_lost_handler([this](const std::string&) { on_lost(); });
  client_.set_disconnected_handler(
      [this](const mqtt::properties&, mqtt::ReasonCode reason) { on_disconnect_packet(reason); });
}

PahoConnection::~PahoConnection() {
  closing_ = true;
}

Result<void> PahoConnection::begin(const Session& session, const std::string& password) {
  try {
    client_.connect(connect_options(options_, session, password), nullptr, *this);
    return {};
  } catch (const std::exception& failure) {
    return Error{fmt::format("MQTT library: {}", failure.what())};
  }
}

Result<void> PahoConnection::publish(DeliveryId id, std::string_view topic, std::string_view payload, QoS qos,
                                     Retain retain) {
  const auto entry = deliveries_.emplace(next_ticket_++, id).first;
  auto* ticket = const_cast<std::uint64_t*>(&entry->first);  // Paho only carries it
  try {
    client_.publish(std::string(topic), payload.data(), payload.size(), static_cast<int>(qos),
                    retain == Retain::kYes, ticket, *this);
    return {};
  } catch (const std::exception& failure) {
    deliveries_.erase(entry);
    return Error{fmt::format("MQTT library refused a publish: {}", failure.what())};
  }
}

void PahoConnection::on_success(const mqtt::token& token) {
  if (token.get_type() == mqtt::token::Type::CONNECT) {
    loop_.post(lifeline_.guard([this, limits = broker_limits(token)] { listener_.on_connected(limits); }));
  } else {
    loop_.post(lifeline_.guard([this, ticket = ticket_of(token)] {
      if (const auto id = take_delivery(ticket)) listener_.on_delivered(*id);
    }));
  }
}

// A publish that fails with its connection is not told: the end of the connection is. One that the broker
// refuses (MQTT 5) is.
void PahoConnection::on_failure(const mqtt::token& token) {
  if (closing_) return;
  if (token.get_type() == mqtt::token::Type::CONNECT) return post_closed(why_refused(token));
  const int reason = token.get_reason_code();
  if (token.get_return_code() != MQTTASYNC_SUCCESS || reason < 0x80 ||
      reason == mqtt::ReasonCode::MQTTPP_V3_CODE) {
    return;
  }
  const Refusal refusal{reason == mqtt::ReasonCode::PACKET_TOO_LARGE, reason_error(reason, options_)};
  loop_.post(lifeline_.guard([this, refusal, ticket = ticket_of(token)] {
    if (const auto id = take_delivery(ticket)) listener_.on_refused(*id, refusal);
  }));
}

Error PahoConnection::why_refused(const mqtt::token& token) const {
  // Positive codes come from the broker, negative ones from Paho.
  if (token.get_return_code() > 0) return connack_error(token.get_return_code(), options_);
  return diagnose_connection(options_, closing_);
}

void PahoConnection::on_lost() {
  if (!closing_) post_closed({"connection lost"});
}

void PahoConnection::on_disconnect_packet(mqtt::ReasonCode reason) {
  if (!closing_) post_closed(reason_error(reason, options_));
}

void PahoConnection::post_closed(Error reason) {
  loop_.post(lifeline_.guard([this, why = std::move(reason)] { listener_.on_disconnected(why); }));
}

std::optional<DeliveryId> PahoConnection::take_delivery(std::uint64_t ticket) {
  const auto found = deliveries_.find(ticket);
  if (found == deliveries_.end()) return std::nullopt;
  const DeliveryId id = found->second;
  deliveries_.erase(found);
  return id;
}

}  // namespace submeter::publish
