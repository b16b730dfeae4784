// SPDX-License-Identifier: Apache-2.0
// Old records and new ones over one connection, with a random broker that comes and goes.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/unit/publish/publisher_fixture.h"

namespace submeter::publish {
namespace {

class Lanes : public PublisherTest {};

TEST_F(Lanes, SendNewRecordsAtOncePastABacklog) {
  options.replay_rate = 10;
  make();
  queue.preload(samples(1, 1000));
  start();
  append(1001, 1005);
  const auto sent = sent_sequence();
  EXPECT_EQ(std::vector<std::uint64_t>(sent.end() - 5, sent.end()), range(1001, 1005));
  EXPECT_LE(sent.size(), 7U);
  EXPECT_LE(queue.acknowledged(), Sequence{2});
  loop.advance(101s);
  EXPECT_EQ(sent_sequence().size(), 1005U);
  EXPECT_EQ(queue.acknowledged(), Sequence{1005});
}

TEST_F(Lanes, TakeTurnsWhereTheWindowIsScarce) {
  client.receive_maximum = 1;
  client.latency = 10ms;
  queue.preload(samples(1, 200));
  start();
  loop.advance(100ms);
  append(201, 300);
  client.forget_sent();
  loop.advance(1s);
  const auto sent = sent_sequence();
  const auto live = std::count_if(sent.begin(), sent.end(), [](auto seq) { return seq > 200; });
  EXPECT_NEAR(static_cast<double>(live), static_cast<double>(sent.size()) / 2, 1);
}

TEST_F(Lanes, LetTheBacklogHaveWhatTheLiveLaneCannotHold) {
  client.receive_maximum = 10;
  client.latency = 100ms;
  start();
  loop.advance(1s);
  for (std::uint64_t seq = 1; seq <= 6000; seq += 100) {
    append(seq, seq + 99);  // 1,000 a second, of which the window takes 100
    loop.advance(100ms);
  }
  const auto sent = sent_sequence();
  EXPECT_GT(*std::max_element(sent.begin(), sent.end()), 4000U);
  loop.advance(10min);
  EXPECT_EQ(queue.acknowledged(), Sequence{6000});
  auto all = sent_sequence();
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, range(1, 6000));
}

TEST_F(Lanes, CrossNumbersThatDoNotExist) {
  options.replay_rate = 100;
  make();
  auto left = samples(1, 20);
  for (Record& record : samples(500, 520)) left.push_back(std::move(record));
  queue.preload(std::move(left));
  start();
  // As a store does whose stream begins anew: the next number is not the last one's successor.
  queue.preload(samples(9000, 9000));
  publisher->on_commit(samples(9000, 9000));
  append(9001, 9010);
  loop.advance(10s);
  EXPECT_EQ(sent_sequence().size(), 52U);
  EXPECT_EQ(queue.acknowledged(), Sequence{9010});
}

TEST_F(Lanes, DoNotSendAgainWhatWasAcknowledgedAheadOfTheCursor) {
  options.replay_rate = 10;
  make();
  queue.preload(samples(1, 100));
  start();
  append(101, 150);
  client.drop({"connection lost"});
  loop.settle();
  append(151, 160);
  loop.advance(60s);
  EXPECT_EQ(queue.acknowledged(), Sequence{160});
  std::map<std::uint64_t, int> times;
  for (const auto seq : sent_sequence()) ++times[seq];
  for (std::uint64_t seq = 101; seq <= 150; ++seq) EXPECT_EQ(times[seq], 1) << seq;
}

/// A forwarder, a queue and a broker whose connection breaks at random.
class LanesOverABadLine : public ::testing::TestWithParam<std::uint32_t>,
                          MqttClient::Listener,
                          Forwarder::Listener {
 protected:
  static constexpr std::uint64_t kBacklog = 20'000;

  LanesOverABadLine() {
    client.set_listener(*this);
    client.latency = 40ms;
    client.on_publish = [this](const FakeMqttClient::Message& message) { return watch(message); };
    queue.preload(samples(1, kBacklog));
    queue.on_commit([this](std::span<const Record> records) { commit(records); });
    queue.on_acknowledge = [this](Sequence through) { check_cursor(through); };
  }

  void on_connected(const BrokerLimits&) override {
    open_ = true;
    highest_old_ = 0;
    forwarder.open(100, SIZE_MAX);
  }
  void on_disconnected(const Error& reason) override {
    open_ = false;
    forwarder.explain_loss(reason);
    forwarder.close();
    live_since_.clear();
    reconnect_.start_after(std::chrono::milliseconds(random_() % 3000));
  }
  void on_delivered(DeliveryId id) override {
    acknowledged_.insert(id);
    forwarder.on_delivered(id);
    most_held_ = std::max(most_held_, forwarder.held());
  }
  void on_refused(DeliveryId, const Refusal&) override {}
  void on_idle() override {}
  void on_broken(const Error& reason) override { ADD_FAILURE() << reason.message; }

  void commit(std::span<const Record> records) {
    if (open_) {
      for (const Record& record : records) live_since_[record.seq.value] = loop.now();
    }
    forwarder.on_commit(records);
  }
  bool watch(const FakeMqttClient::Message& message) {
    EXPECT_EQ(message.payload, sample(message.id).json);
    EXPECT_EQ(acknowledged_.count(message.id), 0U) << "sent again after its acknowledgement";
    if (const auto live = live_since_.find(message.id); live != live_since_.end()) {
      oldest_live_ = std::max(oldest_live_, loop.now() - live->second);
    } else {
      EXPECT_GT(message.id, highest_old_) << "backlog out of order";
      highest_old_ = message.id;
    }
    return true;
  }
  // The cursor only ever covers what the broker has acknowledged, and only moves on.
  void check_cursor(Sequence through) {
    EXPECT_GT(through.value, cursor_);
    for (std::uint64_t seq = cursor_ + 1; seq <= through.value; ++seq) {
      EXPECT_EQ(acknowledged_.count(seq), 1U) << seq;
    }
    cursor_ = through.value;
  }

  std::mt19937 random_{GetParam()};
  test::SimulatedLoop loop;
  FakeMqttClient client{loop};
  FakeRecordQueue queue{loop};
  GatewayOptions gateway{"hq", "gw-0042"};
  MqttOptions options;
  Topics topics{gateway, options.topic_root};
  Forwarder forwarder{loop, client, queue, topics, options, *this};
  Timer reconnect_{loop, [this] { client.connect(); }};
  bool open_ = false;
  std::uint64_t highest_old_ = 0;
  std::map<std::uint64_t, MonoTime> live_since_;
  std::set<std::uint64_t> acknowledged_;
  std::uint64_t cursor_ = 0;
  Duration oldest_live_{};
  std::size_t most_held_ = 0;
};

// A week of 100 circuits at 5 s, scaled down: at 500 a second the backlog takes 40 s of connection, while 20
// records a second are made.
TEST_P(LanesOverABadLine, DrainABacklogAndKeepLiveRecordsFresh) {
  client.connect();
  std::uint64_t next = kBacklog + 1;
  for (int quarter = 0; quarter < 4 * 180; ++quarter) {
    for (int n = 0; n < 5; ++n, ++next) ASSERT_TRUE(queue.append(sample(next)));
    if (quarter < 4 * 120 && client.connected() && random_() % 20 == 0) client.drop({"connection lost"});
    loop.advance(250ms);
  }
  loop.advance(1min);
  EXPECT_EQ(queue.acknowledged().value, next - 1);
  EXPECT_EQ(acknowledged_.size(), next - 1);
  EXPECT_LE(oldest_live_, 200ms);
  EXPECT_LE(most_held_,
            BacklogLane::kChunk + BacklogLane::kChunk / 2 + LiveLane::kMost + 2 * Progress::kMostRanges);
}

INSTANTIATE_TEST_SUITE_P(Seeds, LanesOverABadLine, ::testing::Range(1U, 13U));

}  // namespace
}  // namespace submeter::publish
