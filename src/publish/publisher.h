// SPDX-License-Identifier: Apache-2.0
// Everything that goes to the broker: stored records (Forwarder), the live plane (LivePlane), status, info
// and health. Decides when to connect. Polling never waits for it. Loop thread.
//
//   start() ─jitter─► connecting ─► greeting ─────► open ─stop()─► draining ─► farewell ─► stopped
//                      ▲   └────────────┴─ `online` and ─┘          all acked   `offline` acked
//                      │                   `info` acked
//                      └─back-off─ waiting ◄──── any failure
//                                     ▲
//               greeting, open ─renew()─► renewing ─`offline` acked─┘
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "core/backoff.h"
#include "publish/announcer.h"
#include "publish/forwarder.h"
#include "publish/live_plane.h"
#include "publish/topics.h"
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
  std::uint64_t live_skipped =
      0;               ///< Samples the live plane left out because the connection stalled; since start.
  Duration ack_p50{};  ///< Publish to acknowledgement, over the newest.
  Duration ack_p99{};
};

class Publisher final : MqttClient::Listener, Forwarder::Listener {
 public:
  /// Unacknowledged publishes at most; the broker's receive maximum may lower it.
  static constexpr std::uint16_t kMaxWindow = 100;
  /// Spreads the first try, and the first after a lost connection, over this long.
  static constexpr std::chrono::seconds kJitter{2};
  static constexpr std::chrono::seconds kFirstBackoff{1};
  static constexpr std::chrono::seconds kLastBackoff{120};
  /// So many connections in a row ended when `info` had just been sent: it is left out from then on.
  static constexpr unsigned kInfoLosses = 2;
  /// A connection that lasted this long was a good one: back-off begins anew.
  static constexpr std::chrono::seconds kSettled{60};
  /// A client that has not said for this long how its connecting ended is stuck: heartbeat() stands still.
  static constexpr std::chrono::minutes kConnectPatience{5};

  Publisher(Loop& loop, MqttClient& client, RecordQueue& queue, Random& random, const GatewayOptions& gateway,
            const MqttOptions& options);
  ~Publisher() override = default;
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  /// Begins to connect, after a little jitter.
  void start();
  /// Committed records in order; called by whoever listens to the queue's commits.
  void on_commit(std::span<const Record> records);
  /// Retained on `info`, now and after each connect.
  void set_info(std::string json);
  /// Retained messages for programs that look for what there is; sent while connected, records go first.
  Announcer& announcer() { return announcer_; }
  /// Published on `health` if connected.
  void publish_health(std::string_view json);
  /// Connects again, because what it connects with has changed: says offline, disconnects, and what is not
  /// acknowledged by then goes out again over the new connection. Not connected: tries soon.
  void renew();
  /// Publishes what is stored for at most `limit`, says offline, disconnects, then calls `done` from the
  /// loop. Not connected: does not wait.
  void stop(Duration limit, std::function<void()> done);
  PublisherStatus status() const;
  /// Increases with time while the publisher makes progress or has nothing to do; for the watchdog.
  std::uint64_t heartbeat() const;

 private:
  enum class State {
    kIdle,
    kWaiting,
    kConnecting,
    kGreeting,
    kOpen,
    kRenewing,
    kDraining,
    kFarewell,
    kStopped
  };

  void on_connected(const BrokerLimits& limits) override;
  void on_disconnected(const Error& reason) override;
  void on_delivered(DeliveryId id) override;
  void on_refused(DeliveryId id, const Refusal& refusal) override;
  void on_idle() override;
  void on_broken(const Error& reason) override;

  bool connected() const;
  void enter(State state);
  void connect();
  void on_greeted(DeliveryId id);
  void open_planes();
  void end_connection(const Error& reason);
  void on_offline();
  void try_soon();
  void say(DeliveryId id, std::string_view status);
  Result<void> send_info(DeliveryId id, QoS qos);
  bool info_fits();
  void close_planes();
  void retry_later(const Error& reason);
  void log_failure(const Error& reason, Duration wait);
  void say_farewell();
  void finish();

  Loop& loop_;
  MqttClient& client_;
  RecordQueue& queue_;
  Random& random_;
  Topics topics_;
  LivePlane live_;
  Announcer announcer_;
  Forwarder forwarder_;
  core::Backoff backoff_;

  State state_ = State::kIdle;
  MonoTime state_since_{};
  bool was_connected_ = false;  // in this try
  bool renew_due_ = false;      // asked for during this try
  MonoTime connected_at_{};
  BrokerLimits limits_;
  std::uint64_t connects_ = 0;
  std::uint64_t failures_ = 0;  // since a connection lasted
  bool told_ = true;            // the last failure stands in the log
  std::string last_error_;
  std::string info_;
  bool info_unanswered_ = false;
  unsigned info_losses_ = 0;  // in a row: connections that ended when `info` had just been sent
  std::function<void()> done_;
  MonoTime stop_deadline_{};

  Timer retry_timer_;
  Timer unanswered_timer_;  // of a status or info
  Timer stop_timer_;
};

}  // namespace submeter::publish
