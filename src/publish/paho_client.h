// SPDX-License-Identifier: Apache-2.0
// The MqttClient over Eclipse Paho: certificate chain and host name are always verified, TLS 1.2 or newer.
// Each connection is a PahoConnection. Loop thread; Paho's threads only copy and post() to the loop.
//
// Paho honours the environment variables http_proxy and https_proxy.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "publish/session.h"
#include "submeter/loop.h"
#include "submeter/mqtt_client.h"
#include "submeter/options.h"

namespace submeter::publish {

class PahoClient final : public MqttClient {
 public:
  /// TCP connect, TLS handshake and CONNACK together. Paho looks every three seconds, so that connect() is
  /// answered within 14 s, plus the resolver's time-outs, plus five seconds to find out why.
  static constexpr std::chrono::seconds kConnectTimeout{10};

  PahoClient(Loop& loop, const MqttOptions& options, Session session);
  /// Waits up to a second or so for Paho's threads where this is the last client: make the next one first.
  ~PahoClient() override;

  void set_listener(Listener& listener) override;
  /// Reads the password file and checks the TLS files first: a changed one counts from the next connect on.
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
