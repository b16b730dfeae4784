// SPDX-License-Identifier: Apache-2.0
#include "publish/forwarder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "submeter/check.h"

namespace submeter::publish {

Forwarder::Forwarder(Loop& loop, MqttClient& client, RecordQueue& queue, const Topics& topics,
                     const MqttOptions& options, Listener& listener)
    : loop_(loop),
      client_(client),
      queue_(queue),
      listener_(listener),
      packing_(topics, options.batch),
      backlog_(queue, progress_, [this] { send_ready(); }),
      pace_(options.replay_rate),
      pace_timer_(loop, [this] { send_ready(); }),
      batch_timer_(loop, [this] { send_ready(); }),
      stalled_timer_(loop, [this] {
        listener_.on_broken({fmt::format("no acknowledgement for {} s", kStalled.count())});
      }) {}

// What is committed while there is no connection is backlog by the time there is one.
void Forwarder::on_commit(std::span<const Record> records) {
  if (window_ == 0) return;
  while (!records.empty() && records.front().seq <= backlog_.position()) records = records.subspan(1);
  if (!live_.add(records, loop_.now(), progress_.may_run_ahead())) backlog_.resume();
  send_ready();
}

void Forwarder::open(std::size_t window, std::size_t packet_limit) {
  SUBMETER_CHECK(window > 0);
  most_window_ = window;
  window_ = cautious_ ? 1 : window;
  packing_.set_packet_limit(packet_limit);
  progress_.open(queue_.acknowledged());
  backlog_.open(progress_.cursor());
  live_.reset();
  send_ready();
}

void Forwarder::close() {
  window_ = 0;
  hurry_ = false;
  pace_timer_.cancel();
  batch_timer_.cancel();
  stalled_timer_.cancel();
  in_flight_.clear();
  live_.reset();
}

Error Forwarder::explain_loss(const Error& reason) {
  if (!in_flight_.empty()) cautious_ = true;
  if (in_flight_.size() == 1) return suspect_.lost(in_flight_.front().message, packing_, reason);
  suspect_.clear();
  return reason;
}

Error Forwarder::explain_refusal(DeliveryId id, const Refusal& refusal) {
  const auto refused = find(id);
  if (refused == in_flight_.end()) return refusal.reason;
  const Message& message = refused->message;
  if (refusal.too_large && packing_.halve()) {
    return {fmt::format("the broker refuses {}: {}; from now on at most {} records in a batch",
                        message.describe(), refusal.reason.message, packing_.most_records())};
  }
  return {fmt::format("the broker refuses {}: {}; it is kept and tried again", message.describe(),
                      refusal.reason.message)};
}

void Forwarder::hurry() {
  hurry_ = true;
  send_ready();
}

std::deque<Forwarder::InFlight>::iterator Forwarder::find(DeliveryId id) {
  return std::find_if(in_flight_.begin(), in_flight_.end(),
                      [id](const InFlight& sent) { return sent.message.range.through.value == id; });
}

void Forwarder::on_delivered(DeliveryId id) {
  const auto found = find(id);
  if (found == in_flight_.end()) return;
  const bool oldest = found == in_flight_.begin();
  latency_.add(loop_.now() - found->sent);
  delivered_ += found->message.records;
  progress_.add_acknowledged(found->message.range);
  in_flight_.erase(found);
  if (in_flight_.empty()) {
    stalled_timer_.cancel();
  } else if (oldest) {
    stalled_timer_.start_after(kStalled);
  }
  cautious_ = false;
  suspect_.clear();
  window_ = std::min(window_ + 1, most_window_);
  tell_cursor();
  send_ready();
}

void Forwarder::tell_cursor() {
  if (progress_.cursor() > queue_.acknowledged()) queue_.acknowledge(progress_.cursor());
}

void Forwarder::send_ready() {
  for (bool sent = true; sent && in_flight_.size() < window_;) {
    sent = live_turn_ ? send_live() || send_backlog() : send_backlog() || send_live();
  }
  if (backlog_.done()) live_.begin(backlog_.position());
  if (window_ > 0) tell_cursor();
  if (idle()) listener_.on_idle();
}

bool Forwarder::send_live() {
  if (live_.empty() || (cautious_ && !backlog_.done())) return false;
  const std::size_t count = live_.due(packing_, loop_.now(), hurry_);
  if (count == 0) {
    batch_timer_.start_at(live_.due_at(packing_));
    return false;
  }
  live_turn_ = false;
  Message message = live_.take(packing_, count);
  progress_.add_sent(message.range);
  return send(std::move(message));
}

bool Forwarder::send_backlog() {
  const std::size_t count = backlog_.due(packing_, live_.after());
  if (count == 0) return false;
  if (!pace_.allows(loop_.now())) {
    pace_timer_.start_at(pace_.next());
    return false;
  }
  live_turn_ = true;
  pace_.take(loop_.now(), count);
  return send(backlog_.take(packing_, count));
}

// What has left its lane and does not go out comes back with the next connection.
bool Forwarder::send(Message message) {
  const auto sent =
      packing_.fits(message)
          ? client_.publish(message.range.through.value, message.topic, message.payload, QoS::kAtLeastOnce,
                            Retain::kNo)
          : Result<void>(Error{fmt::format("{} is larger than the broker's Maximum Packet Size; it is kept",
                                           message.describe())});
  if (!sent) {
    listener_.on_broken(sent.error());
    return false;
  }
  message.payload = {};
  in_flight_.push_back({std::move(message), loop_.now()});
  if (!stalled_timer_.armed()) stalled_timer_.start_after(kStalled);
  return true;
}

}  // namespace submeter::publish
