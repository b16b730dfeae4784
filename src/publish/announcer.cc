// SPDX-License-Identifier: Apache-2.0
#include "publish/announcer.h"

#include "publish/delivery_ids.h"

namespace submeter::publish {

void Announcer::set(const Messages& wanted) {
  for (auto& [topic, payload] : messages_) {
    if (payload.empty() || wanted.contains(topic)) continue;
    payload.clear();
    if (open_) queue(topic);
  }
  for (const auto& [topic, payload] : wanted) {
    std::string& known = messages_[topic];
    if (known == payload) continue;
    known = payload;
    if (open_) queue(topic);
  }
  send();
}

void Announcer::open() {
  open_ = true;
  for (const auto& [topic, payload] : messages_) queue(topic);
  send();
}

void Announcer::close() {
  open_ = false;
  queue_.clear();
  queued_.clear();
  taken_back_.clear();
  pending_ = 0;
}

void Announcer::send() {
  while (open_ && !queue_.empty() && pending_ < kMaxPending) {
    const std::string& topic = queue_.front();
    const std::string& payload = messages_[topic];
    const DeliveryId id = kFirstAnnouncement + sent_;
    if (!client_.publish(id, topic, payload, QoS::kAtMostOnce, Retain::kYes)) return;
    if (payload.empty()) taken_back_[id] = topic;
    queued_.erase(topic);
    queue_.pop_front();
    ++sent_;
    ++pending_;
  }
}

void Announcer::on_delivered(DeliveryId id) {
  if (pending_ > 0) --pending_;
  if (const auto back = taken_back_.find(id); back != taken_back_.end()) {
    const auto message = messages_.find(back->second);
    // It may have been announced again meanwhile.
    if (message != messages_.end() && message->second.empty() && !queued_.contains(message->first))
      messages_.erase(message);
    taken_back_.erase(back);
  }
  send();
}

}  // namespace submeter::publish
