// SPDX-License-Identifier: Apache-2.0
// The MqttClient over Eclipse Paho. The only place that knows Paho and TLS options: chain and host name are
// always verified. Paho's threads only copy and post() to the loop.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "submeter/loop.h"
#include "submeter/mqtt_client.h"
#include "submeter/options.h"

namespace submeter::publish {

/// The message a broker sends for us when we vanish, and the client's session settings.
struct Session {
  std::string will_topic;
  std::string will_payload;
};

class PahoClient final : public MqttClient {
 public:
  /// TCP connect, TLS handshake and CONNACK together.
  static constexpr std::chrono::seconds kConnectTimeout{10};

  /// Reads the password file at each connect.
  PahoClient(Loop& loop, const MqttOptions& options, Session session);
  ~PahoClient() override;

  void set_listener(Listener& listener) override;
  void connect() override;
  Result<void> publish(DeliveryId id, std::string_view topic, std::string_view payload, QoS qos,
                       Retain retain) override;
  void disconnect() override;
  std::string describe() const override;

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

}  // namespace submeter::publish
