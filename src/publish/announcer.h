// SPDX-License-Identifier: Apache-2.0
// Retained messages that tell other programs what there is to subscribe to: sent after each connect and when
// they change, taken back (an empty payload) when they no longer hold. Nothing is subscribed to: what an
// earlier process has announced is not known here.
//
// QoS 0: it takes nothing from the window that records have, and a broker that does not allow these topics
// does not end the connection for them. Each connect sends them again. A few at a time, so that records never
// stand behind more than that. Loop thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>

#include "submeter/mqtt_client.h"

namespace submeter::publish {

class Announcer {
 public:
  /// Payloads by topic; an empty payload takes back.
  using Messages = std::map<std::string, std::string>;
  /// Handed to the connection and not yet taken by it.
  static constexpr std::size_t kMaxPending = 8;

  explicit Announcer(MqttClient& client) : client_(client) {}

  /// What is to be announced from now on; what was and is not in `wanted` is taken back.
  void set(const Messages& wanted);
  /// As if set() before: by another announcer, whose connection has gone.
  void inherit(const Messages& announced) { messages_.insert(announced.begin(), announced.end()); }
  /// All that a broker may still keep of ours.
  const Messages& messages() const { return messages_; }

  /// A connection begins: everything is sent.
  void open();
  void close();
  void on_delivered(DeliveryId id);
  /// Goes on after a connection that took nothing more.
  void send();

 private:
  void queue(const std::string& topic) {
    if (queued_.insert(topic).second) queue_.push_back(topic);
  }

  MqttClient& client_;
  Messages messages_;
  bool open_ = false;
  std::deque<std::string> queue_;  // topics to be sent, each once: queued_
  std::set<std::string> queued_;
  std::map<DeliveryId, std::string> taken_back_;  // under way: their topics can then be forgotten
  std::size_t pending_ = 0;
  std::uint64_t sent_ = 0;
};

}  // namespace submeter::publish
