// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "tests/unit/publish/publisher_fixture.h"

namespace submeter::publish {
namespace {

class Batches : public PublisherTest {
 protected:
  static constexpr const char* kBatchTopic = "submeter/v1/hq/gw-0042/batch";

  Batches() {
    options.batch = {50, 250ms};
    make();
  }
  std::vector<std::size_t> sizes() const {
    std::vector<std::size_t> sizes;
    for (const auto& message : client.sent_to(kBatchTopic)) {
      sizes.push_back(nlohmann::json::parse(message.payload).size());
    }
    return sizes;
  }
};

TEST_F(Batches, AreArraysOfTheBytesOfWholeRecords) {
  options.batch.records = 3;
  make();
  queue.preload(samples(1, 3));
  start();
  const auto messages = client.sent_to(kBatchTopic);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].payload, "[" + sample(1).json + "," + sample(2).json + "," + sample(3).json + "]");
  EXPECT_EQ(messages[0].qos, QoS::kAtLeastOnce);
  EXPECT_EQ(messages[0].retain, Retain::kNo);
  EXPECT_TRUE(client.sent_to(kSampleTopic).empty());
  EXPECT_EQ(queue.acknowledged(), Sequence{3});
  EXPECT_EQ(publisher->status().delivered, 3U);
}

TEST_F(Batches, HoldRecordsOfAllKinds) {
  Record event = sample(2, "");
  event.kind = RecordKind::kEvent;
  queue.preload({sample(1), event, sample(3, "ahu-3")});
  start();
  EXPECT_EQ(sizes(), (std::vector<std::size_t>{3}));
}

TEST_F(Batches, OfABacklogAreFullButTheLast) {
  queue.preload(samples(1, 620));
  start();
  std::vector<std::size_t> expected(12, 50);
  expected.push_back(20);
  EXPECT_EQ(sizes(), expected);
  EXPECT_EQ(queue.acknowledged(), Sequence{620});
}

TEST_F(Batches, OfNewRecordsGoOutWhenTheyAreFull) {
  start();
  append(1, 49);
  EXPECT_TRUE(sizes().empty());
  append(50, 50);
  EXPECT_EQ(sizes(), (std::vector<std::size_t>{50}));
}

TEST_F(Batches, OfNewRecordsGoOutWhenTheirFirstHasWaited) {
  start();
  append(1, 3);
  loop.advance(100ms);
  append(4, 5);
  loop.advance(149ms);
  EXPECT_TRUE(sizes().empty());
  loop.advance(1ms);
  EXPECT_EQ(sizes(), (std::vector<std::size_t>{5}));
  append(6, 6);
  loop.advance(249ms);
  EXPECT_EQ(sizes().size(), 1U);
  loop.advance(1ms);
  EXPECT_EQ(sizes(), (std::vector<std::size_t>{5, 1}));
}

TEST_F(Batches, AreNotWaitedForAtTheEnd) {
  options.batch.delay = 60s;
  make();
  start();
  append(1, 3);
  publisher->stop(5s, [] {});
  loop.advance(1ms);
  EXPECT_EQ(queue.acknowledged(), Sequence{3});
}

TEST_F(Batches, MoveTheCursorAsAWhole) {
  start();
  client.acknowledges = false;
  append(1, 100);
  client.acknowledge(100);
  loop.settle();
  EXPECT_EQ(queue.acknowledged(), Sequence{0});
  client.acknowledge(50);
  loop.settle();
  EXPECT_EQ(queue.acknowledged(), Sequence{100});
}

TEST_F(Batches, CountRecordsForTheReplayRate) {
  options.replay_rate = 100;
  make();
  queue.preload(samples(1, 1000));
  start();
  loop.advance(4s);
  const auto sent = sizes().size();
  EXPECT_GE(sent, 8U);
  EXPECT_LE(sent, 10U);
}

TEST_F(Batches, AreBoundedInBytes) {
  std::vector<Record> records = samples(1, 10);
  for (Record& record : records) record.json = R"({"x":")" + std::string(40'000, 'x') + R"("})";
  queue.preload(std::move(records));
  start();
  for (const auto& message : client.sent_to(kBatchTopic)) EXPECT_LE(message.payload.size(), 131'072U);
  EXPECT_EQ(sizes(), (std::vector<std::size_t>{3, 3, 3, 1}));
}

TEST_F(Batches, FitTheBrokersMaximumPacketSize) {
  // PUBLISH: 5 bytes of fixed header at most, 2 + topic, 2 of packet identifier, 1 of properties.
  const std::size_t around = 10 + std::string(kBatchTopic).size();
  client.maximum_packet_size = around + 2 + 3 * sample(11).json.size() + 2;
  queue.preload(samples(11, 19));
  start();
  EXPECT_EQ(sizes(), (std::vector<std::size_t>{3, 3, 3}));
  for (const auto& message : client.sent_to(kBatchTopic)) {
    EXPECT_LE(around + message.payload.size(), client.maximum_packet_size);
  }
}

TEST_F(Batches, AreHalvedUntilTheBrokerTakesThem) {
  client.on_publish = [this](const FakeMqttClient::Message& message) {
    const bool too_large = message.topic == kBatchTopic && message.payload.size() > 500;
    if (too_large) client.drop({"connection lost"});
    return !too_large;
  };
  queue.preload(samples(1, 200));
  start();
  loop.advance(1h);
  EXPECT_EQ(queue.acknowledged(), Sequence{200});
  // Lost with the window full, twice with 50 records alone, with 25, with 12; 6 of 51 bytes are taken.
  EXPECT_EQ(client.connect_times().size(), 6U);
}

TEST_F(Batches, AreHalvedAtOnceWhenTheBrokerSaysThatTheyAreTooLarge) {
  client.on_publish = [this](const FakeMqttClient::Message& message) {
    const bool too_large = message.topic == kBatchTopic && message.payload.size() > 500;
    if (too_large) client.refuse(message.id, {true, {"broker: packet too large (code 149)"}});
    return !too_large;
  };
  queue.preload(samples(1, 200));
  start();
  EXPECT_EQ(
      publisher->status().last_error,
      "the broker refuses the batch of records 1 to 50 (topic submeter/v1/hq/gw-0042/batch, 2542 bytes): "
      "broker: packet too large (code 149); from now on at most 25 records in a batch");
  loop.advance(10min);
  EXPECT_EQ(queue.acknowledged(), Sequence{200});
  EXPECT_EQ(client.connect_times().size(), 4U);
}

}  // namespace
}  // namespace submeter::publish
