// SPDX-License-Identifier: Apache-2.0
// Brokers that are there and do not do their part: told apart, nothing lost, no busy loop.
#include <set>

#include "publish/delivery_ids.h"
#include "tests/unit/publish/publisher_fixture.h"

namespace submeter::publish {
namespace {

class BrokerFaults : public PublisherTest {
 protected:
  /// The broker hangs up whenever it is sent this record.
  void hang_up_at(std::uint64_t seq) {
    client.on_publish = [this, seq](const FakeMqttClient::Message& message) {
      if (message.id == seq) client.drop({"connection lost"});
      return message.id != seq;
    };
  }
};

TEST_F(BrokerFaults, ARecordAtWhichTheBrokerHangsUpIsNamed) {
  hang_up_at(57);
  queue.preload(samples(1, 300));
  client.latency = 1ms;
  start();
  ASSERT_TRUE(
      loop.run_until([this] { return publisher->status().last_error.starts_with("the broker"); }, 1h));
  EXPECT_EQ(
      publisher->status().last_error,
      "the broker closes the connection whenever record 57 (topic submeter/v1/hq/gw-0042/c/ups-a/sample, " +
          std::to_string(sample(57).json.size()) +
          " bytes) is sent; it is kept and tried again; look at the broker's log, ACL and message size "
          "limit");
  EXPECT_EQ(queue.acknowledged(), Sequence{56});
  EXPECT_LE(client.connect_times().size(), 16U);
  client.on_publish = nullptr;
  loop.advance(10min);
  EXPECT_EQ(queue.acknowledged(), Sequence{300});
}

TEST_F(BrokerFaults, ARecordIsNotBlamedForLossesThatAnAcknowledgementParts) {
  queue.preload(samples(1, 50));
  client.acknowledges = false;
  client.receive_maximum = 1;
  for (int loss = 0; loss < 10; ++loss) {
    if (loss == 0) start();
    ASSERT_TRUE(loop.run_until([this] { return publisher->status().connected; }, 10min));
    client.acknowledge(kOnlineDelivery);
    loop.settle();
    if (loss % 2 == 1) client.acknowledge(queue.acknowledged().value + 1);
    loop.settle();
    client.drop({"connection lost"});
    loop.settle();
    EXPECT_EQ(publisher->status().last_error, "connection lost");
  }
}

TEST_F(BrokerFaults, AfterALossOnePublishIsTriedAtFirst) {
  queue.preload(samples(1, 500));
  client.acknowledges = false;
  start();
  client.acknowledge(kOnlineDelivery);
  loop.settle();
  EXPECT_EQ(client.unacknowledged(), 100U);
  client.drop({"connection lost"});
  loop.settle();
  ASSERT_TRUE(loop.run_until([this] { return publisher->status().connected; }, 10s));
  client.acknowledge(kOnlineDelivery);
  loop.settle();
  EXPECT_EQ(client.unacknowledged(), 1U);
  append(501, 510);
  EXPECT_EQ(client.unacknowledged(), 1U);
  client.acknowledge(1);
  loop.settle();
  EXPECT_EQ(client.unacknowledged(), 2U);
}

TEST_F(BrokerFaults, ABrokerThatHangsUpAtEachPublishIsNotAskedInABusyLoop) {
  client.on_publish = [this](const FakeMqttClient::Message& message) {
    if (is_record_delivery(message.id)) client.drop({"connection lost"});
    return !is_record_delivery(message.id);
  };
  random = test::FixedRandom({~std::uint64_t{0} / 2, 1234567, ~std::uint64_t{0} / 5});
  queue.preload(samples(1, 10));
  start();
  loop.advance(24h);
  EXPECT_LT(client.connect_times().size(), 24U * 3600U / 5U);
  EXPECT_EQ(queue.acknowledged(), Sequence{0});
}

TEST_F(BrokerFaults, AConnectionThatEndsAtOnceBacksOff) {
  client.on_publish = [this](const FakeMqttClient::Message&) {
    client.drop({"connection lost"});
    return false;
  };
  random = test::FixedRandom({std::uint64_t{119'000'000'000}});
  start();
  loop.advance(3h);
  const auto& times = client.connect_times();
  ASSERT_GT(times.size(), 10U);
  EXPECT_GT(times.back() - times[times.size() - 2], 60s);
}

TEST_F(BrokerFaults, APublishThatIsNeverAcknowledgedIsSeenAmongThoseThatAre) {
  client.on_publish = [](const FakeMqttClient::Message& message) { return message.id != 3; };
  start();
  append(1, 5);
  for (std::uint64_t seq = 6; client.disconnects() == 0 && seq < 100; ++seq) {
    append(seq, seq);
    loop.advance(1s);
  }
  EXPECT_EQ(client.disconnects(), 1U);
  EXPECT_EQ(queue.acknowledged(), Sequence{2});
  client.on_publish = nullptr;
  loop.advance(1min);
  EXPECT_EQ(queue.acknowledged(), queue.records().back().seq);
}

TEST_F(BrokerFaults, ARefusedRecordIsNamedWithItsTopicAndTheReason) {
  client.on_publish = [this](const FakeMqttClient::Message& message) {
    if (message.id == 2) client.refuse(2, {false, {"broker: not authorised (code 135)"}});
    return message.id != 2;
  };
  start();
  append(1, 3);
  EXPECT_EQ(publisher->status().last_error,
            "the broker refuses record 2 (topic submeter/v1/hq/gw-0042/c/ups-a/sample, " +
                std::to_string(sample(2).json.size()) +
                " bytes): broker: not authorised (code 135); it is kept and tried again");
  EXPECT_EQ(queue.acknowledged(), Sequence{1});
  EXPECT_EQ(client.disconnects(), 1U);
  client.on_publish = nullptr;
  loop.advance(1min);
  EXPECT_EQ(queue.acknowledged(), Sequence{3});
}

TEST_F(BrokerFaults, ARefusedStatusIsNamed) {
  client.acknowledges = false;
  start();
  client.refuse(kOnlineDelivery, {false, {"broker: not authorised (code 135)"}});
  loop.settle();
  EXPECT_EQ(publisher->status().last_error,
            "the broker refuses our status (topic submeter/v1/hq/gw-0042/status): broker: not authorised "
            "(code 135)");
}

TEST_F(BrokerFaults, ARecordLargerThanTheBrokersPacketsIsKeptAndNamed) {
  client.maximum_packet_size = 95;
  start();
  append(1, 1);
  EXPECT_EQ(publisher->status().last_error,
            "record 1 (topic submeter/v1/hq/gw-0042/c/ups-a/sample, " +
                std::to_string(sample(1).json.size()) +
                " bytes) is larger than the broker's Maximum Packet Size; it is kept");
  EXPECT_EQ(queue.acknowledged(), Sequence{0});
  EXPECT_TRUE(client.sent_to(kSampleTopic).empty());
}

TEST_F(BrokerFaults, AnInfoAtWhichTheBrokerHangsUpIsLeftOutAfterTheSecondTime) {
  client.on_publish = [this](const FakeMqttClient::Message& message) {
    if (message.topic == kInfoTopic) client.drop({"connection lost"});
    return message.topic != kInfoTopic;
  };
  publisher->set_info(std::string(5000, ' '));
  queue.preload(samples(1, 10));
  start();
  loop.advance(10s);
  EXPECT_EQ(client.sent_to(kInfoTopic).size(), 2U);
  EXPECT_EQ(queue.acknowledged(), Sequence{10});
  client.on_publish = nullptr;
  publisher->set_info("{}");
  EXPECT_EQ(client.sent_to(kInfoTopic).size(), 3U) << "another info is tried again";
}

TEST_F(BrokerFaults, AnInfoThatIsNotAcknowledgedDoesNotHoldRecordsForEver) {
  client.on_publish = [](const FakeMqttClient::Message& message) { return message.topic != kInfoTopic; };
  publisher->set_info("{}");
  start();
  append(1, 3);
  loop.advance(30s);
  EXPECT_EQ(publisher->status().last_error, "no acknowledgement of our info");
  loop.advance(2min);
  EXPECT_EQ(queue.acknowledged(), Sequence{3});
}

TEST_F(BrokerFaults, AnInfoLargerThanTheBrokersPacketsIsLeftOut) {
  client.maximum_packet_size = 1000;
  publisher->set_info(std::string(1000, ' '));
  start();
  append(1, 3);
  EXPECT_TRUE(client.sent_to(kInfoTopic).empty());
  EXPECT_EQ(queue.acknowledged(), Sequence{3});
}

}  // namespace
}  // namespace submeter::publish
