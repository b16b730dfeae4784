// SPDX-License-Identifier: Apache-2.0
#include "publish/paho_client.h"

#include <fmt/format.h>

#include <utility>

#include "core/lifeline.h"
#include "publish/credentials.h"
#include "publish/paho_connection.h"
#include "publish/topics.h"
#include "submeter/check.h"
#include "tls/revocation.h"

namespace submeter::publish {

Session make_session(const GatewayOptions& gateway, const MqttOptions& options) {
  return {Topics(gateway, options.topic_root).status(), std::string(kOffline)};
}

class PahoClient::Body final : public MqttClient::Listener {
 public:
  Body(Loop& loop, const MqttOptions& options, Session session)
      : loop_(loop), options_(options), session_(std::move(session)), thread_keeper_("tcp://localhost", "") {}

  void set_listener(MqttClient::Listener& listener) { listener_ = &listener; }

  void connect() {
    SUBMETER_CHECK(listener_ != nullptr && connection_ == nullptr);
    if (auto begun = begin(); !begun) {
      connection_.reset();
      loop_.post(lifeline_.guard([this, why = begun.error()] { listener_->on_disconnected(why); }));
    }
  }

  Result<void> publish(DeliveryId id, std::string_view topic, std::string_view payload, QoS qos,
                       Retain retain) {
    if (!connected_) return Error{"not connected"};
    return connection_->publish(id, topic, payload, qos, retain);
  }

  void disconnect() {
    connected_ = false;
    connection_.reset();
  }

  std::string describe() const {
    return fmt::format("{}://{}:{}", options_.tls ? "mqtts" : "mqtt", options_.host, options_.port);
  }

 private:
  Result<void> begin() {
    if (options_.tls) {
      if (auto usable = check_tls_files(options_); !usable) return usable;
      tls::check_revocation(tls::file_holds_crls(options_.ca_file));
    }
    const auto password = read_password(options_);
    if (!password) return password.error();
    try {
      connection_ = std::make_unique<PahoConnection>(loop_, options_, *this);
    } catch (const mqtt::exception& failure) {
      return Error{
          fmt::format("MQTT: the client cannot be made ({}); look at mqtt.client_id", failure.what())};
    }
    return connection_->begin(session_, *password);
  }

  void on_connected(const BrokerLimits& limits) override {
    connected_ = true;
    listener_->on_connected(limits);
  }
  void on_disconnected(const Error& reason) override {
    disconnect();
    listener_->on_disconnected(reason);
  }
  void on_delivered(DeliveryId id) override { listener_->on_delivered(id); }
  void on_refused(DeliveryId id, const Refusal& refusal) override { listener_->on_refused(id, refusal); }

  Loop& loop_;
  const MqttOptions options_;
  const Session session_;
  MqttClient::Listener* listener_ = nullptr;
  // Never connects. While one client exists Paho's threads stay, and throwing a connection away does not wait
  // for them.
  mqtt::async_client thread_keeper_;
  std::unique_ptr<PahoConnection> connection_;
  bool connected_ = false;
  core::Lifeline lifeline_;
};

PahoClient::PahoClient(Loop& loop, const MqttOptions& options, Session session)
    : body_(std::make_unique<Body>(loop, options, std::move(session))) {}

PahoClient::~PahoClient() = default;

void PahoClient::set_listener(Listener& listener) {
  body_->set_listener(listener);
}

void PahoClient::connect() {
  body_->connect();
}

Result<void> PahoClient::publish(DeliveryId id, std::string_view topic, std::string_view payload, QoS qos,
                                 Retain retain) {
  return body_->publish(id, topic, payload, qos, retain);
}

void PahoClient::disconnect() {
  body_->disconnect();
}

std::string PahoClient::describe() const {
  return body_->describe();
}

}  // namespace submeter::publish
