// SPDX-License-Identifier: Apache-2.0
#include "publish/forwarder.h"

#include <algorithm>
#include <utility>

#include "submeter/check.h"

namespace submeter::publish {

Forwarder::Forwarder(Loop& loop, MqttClient& client, RecordQueue& queue, const Topics& topics,
                     unsigned replay_rate, Listener& listener)
    : loop_(loop),
      client_(client),
      queue_(queue),
      topics_(topics),
      listener_(listener),
      outbox_(queue, [this] { send_ready(); }),
      pace_(replay_rate),
      pace_timer_(loop, [this] { send_ready(); }),
      stalled_timer_(loop, [this] {
        listener_.on_broken({fmt::format("no acknowledgement for {} s", kStalled.count())});
      }) {}

void Forwarder::on_commit(std::span<const Record> records) {
  outbox_.on_commit(records);
  if (draining_) pace_.allow_extra(records.size());
  send_ready();
}

void Forwarder::open(std::size_t window) {
  SUBMETER_CHECK(window > 0);
  window_ = window;
  draining_ = true;
  outbox_.restart(queue_.acknowledged());
  send_ready();
}

void Forwarder::close() {
  window_ = 0;
  draining_ = false;
  pace_.reset();
  pace_timer_.cancel();
  stalled_timer_.cancel();
  in_flight_.clear();
}

void Forwarder::on_delivered(DeliveryId id) {
  const auto entry = std::lower_bound(in_flight_.begin(), in_flight_.end(), Sequence{id},
                                      [](const InFlight& sent, Sequence seq) { return sent.seq < seq; });
  if (entry == in_flight_.end() || entry->seq.value != id || entry->acknowledged) return;
  entry->acknowledged = true;
  latency_.add(loop_.now() - entry->sent);
  ++delivered_;
  stalled_timer_.start_after(kStalled);
  move_cursor();
  send_ready();
}

void Forwarder::move_cursor() {
  Sequence through{};
  while (!in_flight_.empty() && in_flight_.front().acknowledged) {
    through = in_flight_.front().seq;
    in_flight_.pop_front();
  }
  if (in_flight_.empty()) stalled_timer_.cancel();
  if (through == Sequence{}) return;
  queue_.acknowledge(through);
  outbox_.forget(through);
}

void Forwarder::send_ready() {
  while (in_flight_.size() < window_) {
    const Record* record = outbox_.peek();
    if (record == nullptr) return rest();
    if (outbox_.behind()) draining_ = true;
    if (!may_send() || !send(*record)) return;
    outbox_.advance();
  }
}

// Nothing to send: either a chunk is on its way from disk, or everything was sent.
void Forwarder::rest() {
  if (outbox_.behind()) return;
  draining_ = false;
  pace_.reset();
  if (in_flight_.empty()) listener_.on_idle();
}

bool Forwarder::may_send() {
  if (!draining_ || pace_.allows(loop_.now())) return true;
  pace_timer_.start_at(pace_.next());
  return false;
}

bool Forwarder::send(const Record& record) {
  const auto sent =
      client_.publish(record.seq.value, topics_.record(record), record.json, QoS::kAtLeastOnce, Retain::kNo);
  if (!sent) {
    listener_.on_broken(sent.error());
    return false;
  }
  if (draining_) pace_.take(loop_.now());
  in_flight_.push_back({record.seq, loop_.now()});
  if (!stalled_timer_.armed()) stalled_timer_.start_after(kStalled);
  return true;
}

}  // namespace submeter::publish
