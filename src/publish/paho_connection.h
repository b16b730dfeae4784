// SPDX-License-Identifier: Apache-2.0
// One attempt to connect and, if it succeeds, the connection, over an mqtt::async_client of its own.
//
// Its own, because what Paho has queued when a connection breaks goes out over the next one: a record twice
// beyond the window, a live value when it is no longer live. Thrown away with its client, it is gone.
//
// Threads: begin(), publish() and the destructor on the loop; Paho calls on_success(), on_failure() and the
// handlers on its threads, under its lock, and none after the destructor. They copy and post().
#pragma once

#include <mqtt/async_client.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/lifeline.h"
#include "publish/session.h"
#include "submeter/loop.h"
#include "submeter/mqtt_client.h"
#include "submeter/options.h"

namespace submeter::publish {

class PahoConnection final : mqtt::iaction_listener {
 public:
  /// Publishes that the socket has not taken; above that publish() refuses. Paho (1.3.12 and today's) leaks
  /// topic and payload of those that are left when a client goes.
  static constexpr int kMaxBuffered = 1000;

  /// `listener` hears the end of begin() once, then deliveries, then perhaps the end of the connection: all
  /// from the loop, and nothing once this is destroyed. `options` outlives this.
  PahoConnection(Loop& loop, const MqttOptions& options, MqttClient::Listener& listener);
  /// Says DISCONNECT if connected and the socket takes it. Waits for Paho's lock, which it holds during a
  /// name look-up; a diagnosis is cut short.
  ~PahoConnection() override;
  PahoConnection(const PahoConnection&) = delete;
  PahoConnection& operator=(const PahoConnection&) = delete;

  Result<void> begin(const Session& session, const std::string& password);
  Result<void> publish(DeliveryId id, std::string_view topic, std::string_view payload, QoS qos,
                       Retain retain);

 private:
  void on_success(const mqtt::token& token) override;
  void on_failure(const mqtt::token& token) override;
  void on_lost();
  void on_disconnect_packet(mqtt::ReasonCode reason);
  Error why_refused(const mqtt::token& token) const;
  void post_closed(Error reason);
  std::optional<DeliveryId> take_delivery(std::uint64_t ticket);

  Loop& loop_;
  const MqttOptions& options_;
  MqttClient::Listener& listener_;
  std::atomic<bool> closing_ = false;
  // By ticket. Paho gives back a pointer: to the key of an entry, which stays until the delivery is told.
  std::map<std::uint64_t, DeliveryId> deliveries_;
  std::uint64_t next_ticket_ = 1;
  core::Lifeline lifeline_;
  mqtt::async_client client_;  // the last: after it no thread of Paho's comes here
};

}  // namespace submeter::publish
