// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>

#include "publish/latency_window.h"
#include "publish/outbox.h"
#include "publish/replay_pace.h"
#include "publish/topics.h"
#include "submeter/loop.h"
#include "submeter/mqtt_client.h"
#include "submeter/record_queue.h"

namespace submeter::publish {

/// Sends the record plane in order of `seq` with a window of unacknowledged publishes, and moves the queue's
/// cursor in order as the broker acknowledges, whatever the order of its answers. After a reconnect it begins
/// again behind the cursor, with the same bytes. Loop thread.
class Forwarder {
 public:
  /// Records are unacknowledged and none was acknowledged for this long: the connection is given up. A broker
  /// that answers pings and nothing else is found by this only.
  static constexpr std::chrono::seconds kStalled{30};

  class Listener {
   public:
    virtual ~Listener() = default;
    /// Everything committed is acknowledged.
    virtual void on_idle() = 0;
    /// The connection is of no more use.
    virtual void on_broken(const Error& reason) = 0;
  };

  Forwarder(Loop& loop, MqttClient& client, RecordQueue& queue, const Topics& topics, unsigned replay_rate,
            Listener& listener);

  void on_commit(std::span<const Record> records);
  /// Connected: begin behind the queue's cursor, at most `window` unacknowledged.
  void open(std::size_t window);
  /// The connection is gone; what is unacknowledged will be sent again.
  void close();
  void on_delivered(DeliveryId id);

  /// Everything committed is acknowledged. Known only while open.
  bool idle() { return in_flight_.empty() && outbox_.exhausted(); }
  std::size_t in_flight() const { return in_flight_.size(); }
  std::uint64_t delivered() const { return delivered_; }
  const LatencyWindow& latency() const { return latency_; }

 private:
  struct InFlight {
    Sequence seq;
    MonoTime sent;
    bool acknowledged = false;
  };

  void send_ready();
  void rest();
  bool may_send();
  bool send(const Record& record);
  void move_cursor();

  Loop& loop_;
  MqttClient& client_;
  RecordQueue& queue_;
  const Topics& topics_;
  Listener& listener_;
  Outbox outbox_;
  ReplayPace pace_;
  Timer pace_timer_;
  Timer stalled_timer_;
  std::size_t window_ = 0;          // 0: closed
  bool draining_ = false;           // a backlog is being sent: paced
  std::deque<InFlight> in_flight_;  // in order of seq
  std::uint64_t delivered_ = 0;
  LatencyWindow latency_;
};

}  // namespace submeter::publish
