// SPDX-License-Identifier: Apache-2.0
// Everything that goes to the broker: stored records in order with a window of unacknowledged ones, the live plane,
// status, info and health, the last will. Decides when to connect. Polling never waits for it. Loop thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "submeter/loop.h"
#include "submeter/mqtt_client.h"
#include "submeter/options.h"
#include "submeter/random.h"
#include "submeter/record_queue.h"

namespace submeter::publish {

struct PublisherStatus {
  bool connected = false;
  std::string broker;      ///< "mqtts://broker.example.com:8883"
  std::string last_error;  ///< Why it is not connected; empty when it is.
  std::optional<MonoTime> next_try;
  std::uint64_t connects = 0;
  std::uint64_t delivered = 0;  ///< Records acknowledged since start.
  std::uint64_t in_flight = 0;
  Duration ack_p50{};  ///< Publish to acknowledgement, over the newest.
  Duration ack_p99{};
};

class Publisher {
 public:
  /// Unacknowledged publishes at most; the broker's receive maximum may lower it.
  static constexpr std::uint16_t kMaxWindow = 100;

  Publisher(Loop& loop, MqttClient& client, RecordQueue& queue, Random& random, const GatewayOptions& gateway,
            const MqttOptions& options);
  ~Publisher();

  /// Begins to connect, after a little jitter.
  void start();
  /// Committed records in order; called by whoever listens to the queue's commits.
  void on_commit(std::span<const Record> records);
  /// Retained on `info`, now and after each connect.
  void set_info(std::string json);
  /// Published on `health` if connected.
  void publish_health(std::string json);
  /// Publishes what is stored for at most `limit`, says offline, disconnects, then calls `done`.
  void stop(Duration limit, std::function<void()> done);
  PublisherStatus status() const;
  /// Increases while the publisher makes progress or has nothing to do; for the watchdog.
  std::uint64_t heartbeat() const;

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

}  // namespace submeter::publish
