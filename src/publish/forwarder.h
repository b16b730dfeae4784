// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>

#include "publish/backlog_lane.h"
#include "publish/latency_window.h"
#include "publish/live_lane.h"
#include "publish/loss_suspect.h"
#include "publish/packing.h"
#include "publish/progress.h"
#include "publish/replay_pace.h"
#include "publish/topics.h"
#include "submeter/loop.h"
#include "submeter/mqtt_client.h"
#include "submeter/options.h"
#include "submeter/record_queue.h"

namespace submeter::publish {

/// Sends the record plane in two lanes that share a window of unacknowledged publishes and take turns: what
/// is on disk when the connection opens, in order and at most `replay_rate`; and what is committed from then
/// on, at once. Moves the queue's cursor over what is acknowledged without a gap (see Progress), whatever the
/// order of the answers. What is unacknowledged when a connection ends goes out again, with the same bytes.
/// Loop thread.
///
/// After a connection was lost with something unacknowledged the next begins with one publish at a time, the
/// oldest first, and one more with each acknowledgement: so that the message at which a broker hangs up is
/// found (see LossSuspect) instead of hiding among a hundred.
class Forwarder {
 public:
  /// The oldest publish is unacknowledged for this long: the connection is given up. A broker that answers
  /// pings and nothing else, or all publishes but one, is found by this only.
  static constexpr std::chrono::seconds kStalled{30};

  class Listener {
   public:
    virtual ~Listener() = default;
    /// Everything committed is acknowledged.
    virtual void on_idle() = 0;
    /// The connection is of no more use.
    virtual void on_broken(const Error& reason) = 0;
  };

  Forwarder(Loop& loop, MqttClient& client, RecordQueue& queue, const Topics& topics,
            const MqttOptions& options, Listener& listener);

  void on_commit(std::span<const Record> records);
  /// Connected: begin behind the queue's cursor, at most `window` unacknowledged publishes.
  void open(std::size_t window, std::size_t packet_limit);
  /// The connection is gone; what is unacknowledged will be sent again.
  void close();
  /// The broker or the network ended the connection: call it before close(). Why, as far as it is known.
  Error explain_loss(const Error& reason);
  /// The broker answered that it does not take a message. Why, and which.
  Error explain_refusal(DeliveryId id, const Refusal& refusal);
  void on_delivered(DeliveryId id);
  /// Batches are no longer waited for.
  void hurry();

  /// Open, and everything committed is acknowledged.
  bool idle() const { return window_ > 0 && in_flight_.empty() && backlog_.done() && live_.empty(); }
  std::size_t in_flight() const { return in_flight_.size(); }
  /// Records acknowledged.
  std::uint64_t delivered() const { return delivered_; }
  const LatencyWindow& latency() const { return latency_; }
  /// Records and ranges held in memory.
  std::size_t held() const { return backlog_.size() + live_.size() + progress_.ranges(); }

 private:
  struct InFlight {
    Message message;  // without its payload
    MonoTime sent;
  };

  void send_ready();
  bool send_live();
  bool send_backlog();
  bool send(Message message);
  std::deque<InFlight>::iterator find(DeliveryId id);
  void tell_cursor();

  Loop& loop_;
  MqttClient& client_;
  RecordQueue& queue_;
  Listener& listener_;
  Packing packing_;
  Progress progress_;
  BacklogLane backlog_;
  LiveLane live_;
  ReplayPace pace_;
  LossSuspect suspect_;
  Timer pace_timer_;
  Timer batch_timer_;
  Timer stalled_timer_;
  std::size_t window_ = 0;       // now; 0: closed
  std::size_t most_window_ = 0;  // of this connection
  bool cautious_ = false;        // a loss was not followed by an acknowledgement yet
  bool live_turn_ = false;
  bool hurry_ = false;
  std::deque<InFlight> in_flight_;  // in the order of sending
  std::uint64_t delivered_ = 0;
  LatencyWindow latency_;
};

}  // namespace submeter::publish
