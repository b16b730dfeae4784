// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "publish/delivery_ids.h"
#include "tests/unit/publish/publisher_fixture.h"

namespace submeter::publish {
namespace {

class Forwarding : public PublisherTest {};

TEST_F(Forwarding, SendsStoredRecordsInOrderAndMovesTheCursor) {
  queue.preload(samples(1, 700));
  start();
  EXPECT_EQ(sent_sequence(), range(1, 700));
  EXPECT_EQ(queue.acknowledged(), Sequence{700});
  EXPECT_EQ(publisher->status().delivered, 700U);
}

TEST_F(Forwarding, SendsTheBytesOfTheRecordWithQoS1AndNotRetained) {
  queue.preload(samples(1, 1));
  start();
  const auto messages = client.sent_to(kSampleTopic);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].payload, sample(1).json);
  EXPECT_EQ(messages[0].qos, QoS::kAtLeastOnce);
  EXPECT_EQ(messages[0].retain, Retain::kNo);
}

TEST_F(Forwarding, PutsEventsOnOneTopicAndIntervalsOnTheirCircuits) {
  Record event = sample(1, "");
  event.kind = RecordKind::kEvent;
  Record of_circuit = sample(2, "ups-a");
  of_circuit.kind = RecordKind::kEvent;
  Record interval = sample(3, "ahu-3");
  interval.kind = RecordKind::kInterval;
  queue.preload({event, of_circuit, interval});
  start();
  EXPECT_EQ(client.sent_to("submeter/v1/hq/gw-0042/event").size(), 2U);
  EXPECT_EQ(client.sent_to("submeter/v1/hq/gw-0042/c/ahu-3/interval").size(), 1U);
}

TEST_F(Forwarding, BeginsBehindTheQueuesCursor) {
  queue.preload(samples(1, 10));
  queue.acknowledge({6});
  start();
  EXPECT_EQ(sent_sequence(), range(7, 10));
}

TEST_F(Forwarding, SkipsRecordsThatTheStoreHasDropped) {
  auto records = samples(1, 3);
  for (Record& record : samples(40, 42)) records.push_back(std::move(record));
  queue.preload(std::move(records));
  start();
  EXPECT_EQ(sent_sequence(), (std::vector<std::uint64_t>{1, 2, 3, 40, 41, 42}));
  EXPECT_EQ(queue.acknowledged(), Sequence{42});
}

TEST_F(Forwarding, KeepsAtMostTheWindowUnacknowledged) {
  client.latency = 50ms;
  queue.preload(samples(1, 1000));
  start();
  loop.advance(10s);
  EXPECT_EQ(client.most_unacknowledged(), 100U);
  EXPECT_EQ(sent_sequence(), range(1, 1000));
}

TEST_F(Forwarding, LowersTheWindowToWhatTheBrokerTakes) {
  client.latency = 50ms;
  client.receive_maximum = 20;
  queue.preload(samples(1, 100));
  start();
  loop.advance(10s);
  EXPECT_EQ(client.most_unacknowledged(), 20U);
  EXPECT_EQ(queue.acknowledged(), Sequence{100});
}

TEST_F(Forwarding, WorksWithAWindowOfOne) {
  client.receive_maximum = 1;
  queue.preload(samples(1, 10));
  start();
  EXPECT_EQ(client.most_unacknowledged(), 1U);
  EXPECT_EQ(queue.acknowledged(), Sequence{10});
}

TEST_F(Forwarding, MovesTheCursorInOrderWhateverTheOrderOfTheAnswers) {
  start();
  client.acknowledges = false;
  append(1, 4);
  client.acknowledge(3);
  client.acknowledge(2);
  loop.settle();
  EXPECT_EQ(queue.acknowledged(), Sequence{0});
  client.acknowledge(1);
  loop.settle();
  EXPECT_EQ(queue.acknowledged(), Sequence{3});
  client.acknowledge(4);
  loop.settle();
  EXPECT_EQ(queue.acknowledged(), Sequence{4});
}

TEST_F(Forwarding, CountsARecordOnceWhenItsAcknowledgementIsRepeated) {
  start();
  client.acknowledges = false;
  append(1, 2);
  client.acknowledge(2);
  client.acknowledge(2);
  loop.settle();
  EXPECT_EQ(publisher->status().delivered, 1U);
}

TEST_F(Forwarding, SendsWhatIsUnacknowledgedAgainWithTheSameBytes) {
  start();
  client.acknowledges = false;
  append(1, 5);
  client.acknowledge(1);
  client.acknowledge(4);
  loop.settle();
  const auto before = client.sent_to(kSampleTopic);
  client.forget_sent();
  client.acknowledges = true;
  client.drop({"connection lost"});
  loop.advance(5s);
  const auto after = client.sent_to(kSampleTopic);
  EXPECT_EQ(sent_sequence(), (std::vector<std::uint64_t>{2, 3, 5}));
  for (const auto& message : after) {
    EXPECT_EQ(message.topic, before[message.id - 1].topic);
    EXPECT_EQ(message.payload, before[message.id - 1].payload);
  }
  EXPECT_EQ(queue.acknowledged(), Sequence{5});
}

TEST_F(Forwarding, SendsADrainingBacklogAgainFromTheCursorAfterABreak) {
  queue.preload(samples(1, 600));
  client.acknowledges = false;
  start();
  client.acknowledge(kOnlineDelivery);
  loop.settle();
  for (std::uint64_t id = 1; id <= 30; ++id) client.acknowledge(id);
  loop.settle();
  client.drop({"connection lost"});
  loop.settle();
  client.forget_sent();
  client.acknowledges = true;
  loop.advance(5s);
  EXPECT_EQ(sent_sequence(), range(31, 600));
}

TEST_F(Forwarding, DoesNotReadBackWhatWasJustCommitted) {
  start();
  const std::size_t reads = queue.reads;
  append(1, 500);
  EXPECT_EQ(sent_sequence(), range(1, 500));
  EXPECT_EQ(queue.reads, reads);
}

TEST_F(Forwarding, ReadsFromDiskWhatMemoryNoLongerHolds) {
  start();
  client.acknowledges = false;
  append(1, 3000);
  EXPECT_EQ(sent_sequence(), range(1, 100));
  client.acknowledges = true;
  for (std::uint64_t id = 1; id <= 100; ++id) client.acknowledge(id);
  loop.settle();
  EXPECT_EQ(sent_sequence(), range(1, 3000));
  EXPECT_EQ(queue.acknowledged(), Sequence{3000});
  // Too many for the lane of new records, so all are read: twelve chunks of 256, and what finds the ends.
  EXPECT_LE(queue.reads, 14U);
}

TEST_F(Forwarding, SendsOnceWhatIsCommittedWhileABacklogIsRead) {
  queue.preload(samples(1, 300));
  client.latency = 10ms;
  start();
  for (std::uint64_t seq = 301; seq <= 900; seq += 10) {
    append(seq, seq + 9);
    loop.advance(3ms);
  }
  loop.advance(10s);
  auto sent = sent_sequence();
  std::sort(sent.begin(), sent.end());
  EXPECT_EQ(sent, range(1, 900));
  EXPECT_EQ(queue.acknowledged(), Sequence{900});
}

TEST_F(Forwarding, MeasuresFromPublishToAcknowledgement) {
  client.latency = 40ms;
  start();
  loop.advance(1s);
  append(1, 10);
  loop.advance(1s);
  EXPECT_EQ(publisher->status().ack_p50, 40ms);
  EXPECT_EQ(publisher->status().ack_p99, 40ms);
}

class ReplayRate : public PublisherTest {
 protected:
  void limit(unsigned rate) {
    options.replay_rate = rate;
    make();
  }
};

TEST_F(ReplayRate, CapsABacklog) {
  limit(100);
  queue.preload(samples(1, 1000));
  start();
  const MonoTime began = loop.now();
  loop.advance(5s);
  EXPECT_GE(sent_sequence().size(), 500U);
  EXPECT_LE(sent_sequence().size(), 502U);
  loop.run_until([this] { return queue.acknowledged() == Sequence{1000}; }, 60s);
  EXPECT_GE(loop.now() - began, 9'980ms);
  EXPECT_LE(loop.now() - began, 10s);
}

TEST_F(ReplayRate, LeavesLiveRecordsAlone) {
  limit(10);
  start();
  append(1, 500);
  EXPECT_EQ(sent_sequence(), range(1, 500));
}

TEST_F(ReplayRate, ShrinksABacklogAtThatRateWhateverTheSiteProduces) {
  limit(100);
  queue.preload(samples(1, 400));
  start();
  std::uint64_t next = 401;
  const MonoTime began = loop.now();
  while (queue.acknowledged().value + 1 < next && loop.now() - began < 60s) {
    append(next, next + 4);  // 200 a second
    next += 5;
    loop.advance(25ms);
  }
  EXPECT_NEAR(std::chrono::duration<double>(loop.now() - began).count(), 4.0, 0.1);
  auto sent = sent_sequence();
  std::sort(sent.begin(), sent.end());
  EXPECT_EQ(sent, range(1, next - 1));
}

TEST_F(ReplayRate, DoesNotHoldBackWithoutALimit) {
  limit(0);
  queue.preload(samples(1, 5000));
  start();
  EXPECT_EQ(sent_sequence().size(), 5000U);
}

}  // namespace
}  // namespace submeter::publish
