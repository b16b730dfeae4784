// SPDX-License-Identifier: Apache-2.0
#include "publish/publisher.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "core/log.h"
#include "publish/delivery_ids.h"
#include "submeter/check.h"

namespace submeter::publish {
namespace {

using std::chrono::duration_cast;

// What of the time to stop is kept for saying offline.
constexpr Duration kFarewellTime = std::chrono::seconds(1);

std::string seconds_text(Duration wait) {
  const auto tenths = (duration_cast<std::chrono::milliseconds>(wait).count() + 50) / 100;
  return tenths < 100 ? fmt::format("{}.{} s", tenths / 10, tenths % 10) : fmt::format("{} s", tenths / 10);
}

}  // namespace

Publisher::Publisher(Loop& loop, MqttClient& client, RecordQueue& queue, Random& random,
                     const GatewayOptions& gateway, const MqttOptions& options)
    : loop_(loop),
      client_(client),
      queue_(queue),
      random_(random),
      topics_(gateway, options.topic_root),
      live_(client, topics_),
      announcer_(client),
      forwarder_(loop, client, queue, topics_, options, *this),
      backoff_(random, kFirstBackoff, kLastBackoff),
      retry_timer_(loop, [this] { connect(); }),
      unanswered_timer_(
          loop,
          [this] {
            on_broken({fmt::format("no acknowledgement of our {}", info_unanswered_ ? "info" : "status")});
          }),
      stop_timer_(loop, [this] { state_ == State::kDraining ? say_farewell() : finish(); }) {
  client_.set_listener(*this);
}

void Publisher::start() {
  SUBMETER_CHECK(state_ == State::kIdle);
  try_soon();
}

void Publisher::try_soon() {
  enter(State::kWaiting);
  retry_timer_.start_after(core::jitter(random_, kJitter));
}

void Publisher::enter(State state) {
  state_ = state;
  state_since_ = loop_.now();
}

bool Publisher::connected() const {
  return state_ == State::kGreeting || state_ == State::kOpen || state_ == State::kRenewing ||
         state_ == State::kDraining || state_ == State::kFarewell;
}

void Publisher::connect() {
  enter(State::kConnecting);
  was_connected_ = false;
  renew_due_ = false;
  client_.connect();
}

// Whether a try under way has read the files before or after they changed is not known: another follows it.
void Publisher::renew() {
  if (state_ == State::kConnecting) {
    renew_due_ = true;
  } else if (state_ == State::kWaiting) {
    try_soon();
  } else if (state_ == State::kGreeting || state_ == State::kOpen) {
    close_planes();
    enter(State::kRenewing);
    say(kOfflineDelivery, kOffline);  // no last will follows, and the new connection may be refused
  }
}

// Records wait until the broker has acknowledged `online` and `info`, so that they have the whole window for
// themselves (more than the window at once makes the MQTT library sleep), and so that an `info` at which the
// broker hangs up is known for it.
void Publisher::on_connected(const BrokerLimits& limits) {
  if (state_ != State::kConnecting) return;
  enter(State::kGreeting);
  was_connected_ = true;
  connected_at_ = loop_.now();
  ++connects_;
  limits_ = limits;
  if (renew_due_) return renew();
  say(kOnlineDelivery, kOnline);
}

void Publisher::on_greeted(DeliveryId id) {
  if (state_ != State::kGreeting) return;
  unanswered_timer_.cancel();
  if (id == kOnlineDelivery && info_fits()) {
    if (const auto sent = send_info(kInfoDelivery, QoS::kAtLeastOnce); !sent) return on_broken(sent.error());
    info_unanswered_ = true;
    unanswered_timer_.start_after(Forwarder::kStalled);
    return;
  }
  if (id == kInfoDelivery) info_losses_ = 0;
  info_unanswered_ = false;
  open_planes();
}

void Publisher::open_planes() {
  enter(State::kOpen);
  if (told_) {
    core::log_info("broker {}: connected; records waiting: {}", client_.describe(),
                   queue_.status().undelivered);
  }
  live_.open();
  forwarder_.open(std::clamp<std::size_t>(limits_.receive_maximum, 1, kMaxWindow),
                  limits_.maximum_packet_size);
  announcer_.open();
}

void Publisher::on_disconnected(const Error& reason) {
  end_connection(forwarder_.explain_loss(reason));
}

void Publisher::on_broken(const Error& reason) {
  client_.disconnect();
  end_connection(reason);
}

void Publisher::on_refused(DeliveryId id, const Refusal& refusal) {
  Error reason = refusal.reason;
  if (is_record_delivery(id)) {
    reason = forwarder_.explain_refusal(id, refusal);
  } else if (id == kOnlineDelivery || id == kInfoDelivery) {
    reason.message =
        fmt::format("the broker refuses our {} (topic {}): {}", id == kInfoDelivery ? "info" : "status",
                    id == kInfoDelivery ? topics_.info() : topics_.status(), reason.message);
  }
  on_broken(reason);
}

void Publisher::end_connection(const Error& reason) {
  if (info_unanswered_ && ++info_losses_ == kInfoLosses) {
    core::log_warning(
        "broker {}: the connection ended {} times when info ({} bytes) had been sent: {}; info "
        "is left out from now on, so that records are delivered",
        client_.describe(), kInfoLosses, info_.size(), reason.message);
  }
  close_planes();
  if (state_ == State::kDraining || state_ == State::kFarewell) {
    last_error_ = reason.message;
    enter(State::kStopped);
    stop_timer_.start_after(Duration::zero());
  } else if (state_ != State::kStopped) {
    retry_later(reason);
  }
}

void Publisher::on_delivered(DeliveryId id) {
  if (is_record_delivery(id)) {
    forwarder_.on_delivered(id);
  } else if (is_announcement(id)) {
    announcer_.on_delivered(id);
  } else if (is_live_delivery(id)) {
    live_.on_delivered();
  } else if (id == kOnlineDelivery || id == kInfoDelivery) {
    on_greeted(id);
  } else if (id == kOfflineDelivery) {
    on_offline();
  }
}

void Publisher::on_offline() {
  if (state_ != State::kRenewing) return finish();
  unanswered_timer_.cancel();
  client_.disconnect();
  try_soon();
}

void Publisher::on_idle() {
  if (state_ == State::kDraining) say_farewell();
}

void Publisher::on_commit(std::span<const Record> records) {
  live_.on_commit(records);
  forwarder_.on_commit(records);
}

void Publisher::set_info(std::string json) {
  if (json != info_) info_losses_ = 0;
  info_ = std::move(json);
  if ((state_ != State::kOpen && !info_unanswered_) || !info_fits()) return;
  // QoS 0, so as not to take from the window; it is sent again with each connection.
  if (const auto sent = send_info(kNewInfoDelivery, QoS::kAtMostOnce); !sent) {
    core::log_debug("broker {}: info not sent: {}", client_.describe(), sent.error().message);
  }
}

void Publisher::publish_health(std::string_view json) {
  if (!connected()) return;
  if (const auto sent =
          client_.publish(kHealthDelivery, topics_.health(), json, QoS::kAtMostOnce, Retain::kNo);
      !sent) {
    core::log_debug("broker {}: health not sent: {}", client_.describe(), sent.error().message);
  }
  announcer_.send();
}

Result<void> Publisher::send_info(DeliveryId id, QoS qos) {
  return client_.publish(id, topics_.info(), info_, qos, Retain::kYes);
}

bool Publisher::info_fits() {
  if (info_.empty() || info_losses_ >= kInfoLosses) return false;
  if (Packing::packet_bytes(topics_.info(), info_.size()) <= limits_.maximum_packet_size) return true;
  core::log_warning(
      "broker {}: info ({} bytes) is larger than the broker's Maximum Packet Size {} and left out",
      client_.describe(), info_.size(), limits_.maximum_packet_size);
  return false;
}

void Publisher::say(DeliveryId id, std::string_view status) {
  const auto sent = client_.publish(id, topics_.status(), status, QoS::kAtLeastOnce, Retain::kYes);
  if (!sent) return on_broken(sent.error());
  unanswered_timer_.start_after(Forwarder::kStalled);
}

void Publisher::close_planes() {
  forwarder_.close();
  live_.close();
  info_unanswered_ = false;
  announcer_.close();
  unanswered_timer_.cancel();
}

void Publisher::retry_later(const Error& reason) {
  if (was_connected_ && loop_.now() - connected_at_ >= kSettled) {
    backoff_.reset();
    failures_ = 0;
    last_error_.clear();
  }
  Duration wait = backoff_.next();
  if (was_connected_) wait += core::jitter(random_, kJitter);
  log_failure(reason, wait);
  last_error_ = reason.message;
  enter(State::kWaiting);
  retry_timer_.start_after(wait);
}

// A change of the reason is told at once, a repetition at the 2nd, 4th, 8th … time. So is a connection that
// comes between two of them.
void Publisher::log_failure(const Error& reason, Duration wait) {
  ++failures_;
  told_ = reason.message != last_error_ || std::has_single_bit(failures_);
  if (!told_) return;
  core::log_warning("broker {}: {}; nothing is sent, records are kept; next try in {} (failures: {})",
                    client_.describe(), reason.message, seconds_text(wait), failures_);
}

void Publisher::stop(Duration limit, std::function<void()> done) {
  SUBMETER_CHECK(!done_ && state_ != State::kStopped);
  done_ = std::move(done);
  retry_timer_.cancel();
  stop_deadline_ = loop_.now() + limit;
  if (state_ == State::kGreeting || state_ == State::kRenewing) {
    say_farewell();
  } else if (state_ == State::kOpen) {
    enter(State::kDraining);
    forwarder_.hurry();
    stop_timer_.start_at(stop_deadline_ - std::min(kFarewellTime, limit / 2));
    if (forwarder_.idle()) say_farewell();
  } else {
    enter(State::kStopped);
    stop_timer_.start_after(Duration::zero());
  }
}

void Publisher::say_farewell() {
  close_planes();
  enter(State::kFarewell);
  stop_timer_.start_at(stop_deadline_);
  say(kOfflineDelivery, kOffline);
}

void Publisher::finish() {
  close_planes();
  client_.disconnect();
  enter(State::kStopped);
  stop_timer_.cancel();
  if (const auto done = std::exchange(done_, nullptr)) done();
}

PublisherStatus Publisher::status() const {
  PublisherStatus status;
  status.connected = connected();
  status.broker = client_.describe();
  if (!status.connected) status.last_error = last_error_;
  if (retry_timer_.armed()) status.next_try = retry_timer_.deadline();
  status.connects = connects_;
  status.delivered = forwarder_.delivered();
  status.in_flight = forwarder_.in_flight();
  status.live_skipped = live_.skipped();
  status.ack_p50 = forwarder_.latency().percentile(50);
  status.ack_p99 = forwarder_.latency().percentile(99);
  return status;
}

std::uint64_t Publisher::heartbeat() const {
  MonoTime alive = loop_.now();
  if (state_ == State::kConnecting) alive = std::min(alive, state_since_ + kConnectPatience);
  return static_cast<std::uint64_t>(
      duration_cast<std::chrono::milliseconds>(alive.time_since_epoch()).count());
}

}  // namespace submeter::publish
