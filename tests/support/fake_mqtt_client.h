// SPDX-License-Identifier: Apache-2.0
// A broker in virtual time for the tests of those who publish: keeps the promises of MqttClient (every
// listener call comes from the loop, none after disconnect()) and remembers everything it was sent.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "submeter/check.h"
#include "submeter/loop.h"
#include "submeter/mqtt_client.h"

namespace submeter::test {

class FakeMqttClient final : public MqttClient {
 public:
  struct Message {
    DeliveryId id = 0;
    std::string topic;
    std::string payload;
    QoS qos = QoS::kAtMostOnce;
    Retain retain = Retain::kNo;
    MonoTime at{};
  };

  explicit FakeMqttClient(Loop& loop) : loop_(loop) {}

  /// Why connecting fails; empty: it succeeds.
  std::optional<Error> refuse_with;
  /// False: connect() is not answered until accept() or drop().
  bool answers_connect = true;
  std::uint16_t receive_maximum = 65535;
  std::size_t maximum_packet_size = SIZE_MAX;
  /// Called with each publish, before it is answered: a test may drop() or refuse() then, and takes no
  /// acknowledgement for it by returning false.
  std::function<bool(const Message&)> on_publish;
  /// False: QoS 1 publishes wait for acknowledge().
  bool acknowledges = true;
  /// How long an acknowledgement takes.
  Duration latency{};
  /// Why publish() refuses; empty: it does not.
  std::optional<Error> publish_error;
  /// False: QoS 0 publishes are never handed over, as on a stalled connection.
  bool hands_over = true;

  /// Everything ever published, in order.
  const std::vector<Message>& sent() const { return sent_; }
  std::vector<Message> sent_to(std::string_view topic) const {
    std::vector<Message> found;
    std::copy_if(sent_.begin(), sent_.end(), std::back_inserter(found),
                 [topic](const Message& message) { return message.topic == topic; });
    return found;
  }
  void forget_sent() { sent_.clear(); }
  const std::vector<MonoTime>& connect_times() const { return connect_times_; }
  std::size_t unacknowledged() const { return unacknowledged_.size(); }
  std::size_t most_unacknowledged() const { return most_unacknowledged_; }
  bool connected() const { return connected_; }
  /// Clean ends asked for by the user of the client while connected.
  std::size_t disconnects() const { return disconnects_; }

  void accept() {
    later([this] {
      connected_ = true;
      listener().on_connected({receive_maximum, maximum_packet_size});
    });
  }
  /// The connection breaks, or connecting fails.
  void drop(Error reason) {
    later([this, why = std::move(reason)] {
      forget_connection();
      listener().on_disconnected(why);
    });
  }
  /// The broker acknowledges one publish. Any order.
  void acknowledge(DeliveryId id) {
    later([this, id] { deliver(id); });
  }

  /// The broker answers one publish with a refusal.
  void refuse(DeliveryId id, Refusal refusal) {
    later([this, id, why = std::move(refusal)] {
      if (std::erase(unacknowledged_, id) > 0) listener().on_refused(id, why);
    });
  }

  void set_listener(Listener& listener) override { listener_ = &listener; }
  void connect() override {
    SUBMETER_CHECK(listener_ != nullptr && !connected_);
    connect_times_.push_back(loop_.now());
    if (!answers_connect) return;
    if (refuse_with) {
      drop(*refuse_with);
    } else {
      accept();
    }
  }
  Result<void> publish(DeliveryId id, std::string_view topic, std::string_view payload, QoS qos,
                       Retain retain) override {
    if (!connected_) return Error{"not connected"};
    if (publish_error) return *publish_error;
    sent_.push_back({id, std::string(topic), std::string(payload), qos, retain, loop_.now()});
    if (qos == QoS::kAtMostOnce) {
      if (hands_over) later([this, id] { listener().on_delivered(id); });
      return {};
    }
    unacknowledged_.push_back(id);
    most_unacknowledged_ = std::max(most_unacknowledged_, unacknowledged_.size());
    const bool answered = !on_publish || on_publish(Message(sent_.back()));
    if (acknowledges && answered) later([this, id] { deliver(id); }, latency);
    return {};
  }
  void disconnect() override {
    if (connected_) ++disconnects_;
    forget_connection();
  }
  std::string describe() const override { return "mqtts://broker.example.com:8883"; }

 private:
  struct Event {
    Event(Loop& loop, MonoTime at, std::function<void()> what, std::function<void()> wake)
        : action(std::move(what)), timer(loop, std::move(wake)) {
      timer.start_at(at);
    }
    std::function<void()> action;
    Timer timer;
  };

  Listener& listener() {
    SUBMETER_CHECK(listener_ != nullptr);
    return *listener_;
  }
  // Nothing that was on its way arrives over another connection.
  void later(std::function<void()> action, Duration delay = Duration::zero()) {
    const std::uint64_t key = next_event_++;
    auto event =
        std::make_unique<Event>(loop_, loop_.now() + delay, std::move(action), [this, key] { run(key); });
    events_.emplace_back(key, std::move(event));
  }
  void run(std::uint64_t key) {
    const auto found =
        std::find_if(events_.begin(), events_.end(), [key](const auto& entry) { return entry.first == key; });
    const auto event = std::move(found->second);
    events_.erase(found);
    event->action();
  }
  void deliver(DeliveryId id) {
    const auto found = std::find(unacknowledged_.begin(), unacknowledged_.end(), id);
    if (found == unacknowledged_.end()) return;
    unacknowledged_.erase(found);
    listener().on_delivered(id);
  }
  void forget_connection() {
    connected_ = false;
    unacknowledged_.clear();
    events_.clear();
  }

  Loop& loop_;
  Listener* listener_ = nullptr;
  bool connected_ = false;
  std::vector<Message> sent_;
  std::vector<DeliveryId> unacknowledged_;
  std::size_t most_unacknowledged_ = 0;
  std::size_t disconnects_ = 0;
  std::vector<MonoTime> connect_times_;
  std::vector<std::pair<std::uint64_t, std::unique_ptr<Event>>> events_;
  std::uint64_t next_event_ = 0;
};

}  // namespace submeter::test
