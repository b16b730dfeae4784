// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/publish/publisher_fixture.h"

namespace submeter::publish {
namespace {

class PublisherSession : public PublisherTest {};

TEST_F(PublisherSession, SaysOnlineAndInfoBeforeTheFirstRecord) {
  queue.preload(samples(1, 1));
  publisher->set_info(R"({"version":"0.1.0"})");
  start();
  ASSERT_EQ(client.sent().size(), 3U);
  EXPECT_EQ(client.sent()[0].topic, kStatusTopic);
  EXPECT_EQ(client.sent()[0].payload, "online");
  EXPECT_EQ(client.sent()[0].qos, QoS::kAtLeastOnce);
  EXPECT_EQ(client.sent()[0].retain, Retain::kYes);
  EXPECT_EQ(client.sent()[1].topic, kInfoTopic);
  EXPECT_EQ(client.sent()[1].payload, R"({"version":"0.1.0"})");
  EXPECT_EQ(client.sent()[1].retain, Retain::kYes);
  EXPECT_EQ(client.sent()[2].topic, kSampleTopic);
}

TEST_F(PublisherSession, SaysOnlineAndInfoAgainAfterEachReconnect) {
  publisher->set_info("{}");
  start();
  client.drop({"connection lost"});
  loop.advance(5s);
  EXPECT_EQ(client.sent_to(kStatusTopic).size(), 2U);
  EXPECT_EQ(client.sent_to(kInfoTopic).size(), 2U);
}

TEST_F(PublisherSession, SendsANewInfoAtOnce) {
  start();
  publisher->set_info("{}");
  EXPECT_EQ(client.sent_to(kInfoTopic).size(), 1U);
}

TEST_F(PublisherSession, SendsHealthOnlyWhileConnected) {
  publisher->publish_health("{}");
  start();
  EXPECT_TRUE(client.sent_to("submeter/v1/hq/gw-0042/health").empty());
  publisher->publish_health("{}");
  const auto health = client.sent_to("submeter/v1/hq/gw-0042/health");
  ASSERT_EQ(health.size(), 1U);
  EXPECT_EQ(health[0].retain, Retain::kNo);
}

TEST_F(PublisherSession, DoesNotConnectBeforeItIsStarted) {
  append(1, 10);
  loop.advance(10min);
  EXPECT_TRUE(client.connect_times().empty());
}

TEST_F(PublisherSession, SpreadsTheFirstTryOverTwoSeconds) {
  for (const std::uint64_t chance : {std::uint64_t{0}, std::uint64_t{1} << 62, ~std::uint64_t{0}}) {
    random = test::FixedRandom({chance});
    FakeMqttClient fresh(loop);
    Publisher one(loop, fresh, queue, random, GatewayOptions{"hq", "gw-0042"}, options);
    const MonoTime began = loop.now();
    one.start();
    loop.advance(2s);
    ASSERT_EQ(fresh.connect_times().size(), 1U);
    EXPECT_LE(fresh.connect_times()[0] - began, 2s);
  }
}

TEST_F(PublisherSession, BacksOffFromOneSecondToTwoMinutes) {
  random = test::FixedRandom({std::uint64_t{977} << 40, 12345, ~std::uint64_t{0} / 3});
  client.refuse_with = Error{"refused"};
  start();
  loop.advance(3h);
  const auto& times = client.connect_times();
  ASSERT_GT(times.size(), 20U);
  Duration ceiling = 1s;
  for (std::size_t i = 1; i < times.size(); ++i) {
    const Duration wait = times[i] - times[i - 1];
    EXPECT_GE(wait, 1s);
    EXPECT_LE(wait, ceiling) << "try " << i;
    ceiling = std::min<Duration>(ceiling * 2, 120s);
  }
}

TEST_F(PublisherSession, SpreadsAFleetThatLostItsBrokerTogether) {
  random = test::FixedRandom({std::uint64_t{1'500'000'000}});
  publisher->start();
  loop.advance(2s);
  loop.advance(10min);
  client.drop({"connection lost"});
  const MonoTime lost = loop.now();
  loop.advance(5s);
  ASSERT_EQ(client.connect_times().size(), 2U);
  EXPECT_EQ(client.connect_times()[1] - lost, 2'500ms);
}

TEST_F(PublisherSession, BacksOffFurtherUntilAConnectionLasts) {
  random = test::FixedRandom({1'000'000'000});  // 1 s of jitter where there is room for it
  start();
  loop.advance(2s);
  std::vector<Duration> waits;
  for (const Duration lasts : {Duration(1s), Duration(1s), Duration(61s)}) {
    loop.advance(lasts);
    client.drop({"session taken over"});
    loop.settle();
    waits.push_back(*publisher->status().next_try - loop.now());
    ASSERT_TRUE(loop.run_until([this] { return publisher->status().connected; }, 10s));
  }
  EXPECT_EQ(waits, (std::vector<Duration>{2s, 3s, 2s}));
}

TEST_F(PublisherSession, TellsWhyItIsNotConnectedAndWhenItTriesAgain) {
  client.refuse_with = Error{"TLS: broker's certificate expired"};
  start();
  auto status = publisher->status();
  EXPECT_FALSE(status.connected);
  EXPECT_EQ(status.last_error, "TLS: broker's certificate expired");
  EXPECT_EQ(status.next_try, loop.now() + 1s);
  EXPECT_EQ(status.broker, "mqtts://broker.example.com:8883");
  client.refuse_with.reset();
  loop.advance(1s);
  status = publisher->status();
  EXPECT_TRUE(status.connected);
  EXPECT_EQ(status.last_error, "");
  EXPECT_FALSE(status.next_try);
  EXPECT_EQ(status.connects, 1U);
}

TEST_F(PublisherSession, GivesUpAConnectionThatAcknowledgesNothingForThirtySeconds) {
  start();
  client.acknowledges = false;
  append(1, 3);
  loop.advance(29'999ms);
  EXPECT_TRUE(client.connected());
  loop.advance(1ms);
  EXPECT_FALSE(client.connected());
  EXPECT_EQ(publisher->status().last_error, "no acknowledgement for 30 s");
  client.acknowledges = true;
  loop.advance(5s);
  EXPECT_EQ(queue.acknowledged(), Sequence{3});
}

TEST_F(PublisherSession, KeepsASlowConnectionThatMakesProgress) {
  start();
  client.acknowledges = false;
  append(1, 10);
  for (std::uint64_t id = 1; id <= 10; ++id) {
    loop.advance(29s);
    client.acknowledge(id);
    loop.settle();
  }
  EXPECT_EQ(client.connect_times().size(), 1U);
  loop.advance(10min);
  EXPECT_TRUE(client.connected());
}

TEST_F(PublisherSession, GivesUpAConnectionThatDoesNotAcknowledgeItsStatus) {
  client.acknowledges = false;
  start();
  loop.advance(30s);
  EXPECT_EQ(client.disconnects(), 1U);
  EXPECT_FALSE(publisher->status().connected);
}

TEST_F(PublisherSession, ConnectsAnewWhenTheClientRefusesAPublish) {
  start();
  client.publish_error = Error{"buffer full"};
  append(1, 3);
  EXPECT_FALSE(client.connected());
  EXPECT_EQ(publisher->status().last_error, "buffer full");
  client.publish_error.reset();
  loop.advance(5s);
  EXPECT_EQ(queue.acknowledged(), Sequence{3});
}

TEST_F(PublisherSession, BeatsWhileItWaitsForABroker) {
  client.refuse_with = Error{"refused"};
  start();
  auto last = publisher->heartbeat();
  for (int i = 0; i < 100; ++i) {
    loop.advance(1s);
    EXPECT_GT(publisher->heartbeat(), last);
    last = publisher->heartbeat();
  }
}

TEST_F(PublisherSession, StopsBeatingWhenConnectingNeverEnds) {
  client.answers_connect = false;
  start();
  loop.advance(5min);
  const auto last = publisher->heartbeat();
  loop.advance(1min);
  EXPECT_EQ(publisher->heartbeat(), last);
}

class PublisherStop : public PublisherTest {
 protected:
  void stop(Duration limit = 5s) {
    asked_ = loop.now();
    publisher->stop(limit, [this] { took_ = loop.now() - asked_; });
    EXPECT_FALSE(took_) << "done out of stop()";
  }
  MonoTime asked_;
  std::optional<Duration> took_;
};

TEST_F(PublisherStop, SaysOfflineRetainedAndDisconnects) {
  start();
  stop();
  loop.settle();
  EXPECT_EQ(took_, Duration::zero());
  const auto status = client.sent_to(kStatusTopic);
  ASSERT_EQ(status.size(), 2U);
  EXPECT_EQ(status[1].payload, "offline");
  EXPECT_EQ(status[1].qos, QoS::kAtLeastOnce);
  EXPECT_EQ(status[1].retain, Retain::kYes);
  EXPECT_FALSE(client.connected());
}

TEST_F(PublisherStop, DrainsWhatIsStoredFirst) {
  client.latency = 100ms;
  start();
  loop.advance(1s);
  append(1, 1000);
  stop();
  loop.advance(5s);
  EXPECT_EQ(queue.acknowledged(), Sequence{1000});
  EXPECT_EQ(took_, 1'100ms);  // ten windows and the farewell
}

TEST_F(PublisherStop, DrainsWhatIsCommittedMeanwhile) {
  client.latency = 100ms;
  start();
  loop.advance(1s);
  append(1, 10);
  stop();
  append(11, 20);
  loop.advance(5s);
  EXPECT_EQ(queue.acknowledged(), Sequence{20});
}

TEST_F(PublisherStop, EndsInTimeWithALongBacklogAndStillSaysOffline) {
  client.latency = 100ms;
  queue.preload(samples(1, 100'000));
  start();
  loop.advance(1s);
  stop();
  loop.advance(5s);
  ASSERT_TRUE(took_);
  EXPECT_LE(*took_, 5s);
  EXPECT_EQ(client.sent_to(kStatusTopic).back().payload, "offline");
  EXPECT_LT(queue.acknowledged(), Sequence{100'000});
}

TEST_F(PublisherStop, EndsInTimeWithABrokerThatIsSilent) {
  start();
  client.acknowledges = false;
  append(1, 10);
  stop();
  loop.advance(5s);
  EXPECT_EQ(took_, 5s);
}

TEST_F(PublisherStop, DoesNotWaitWithoutAConnection) {
  client.refuse_with = Error{"refused"};
  start();
  stop();
  loop.settle();
  EXPECT_EQ(took_, Duration::zero());
  loop.advance(10min);
  EXPECT_EQ(client.connect_times().size(), 1U);
}

TEST_F(PublisherStop, DoesNotWaitForAConnectionThatIsBeingMade) {
  client.answers_connect = false;
  start();
  stop();
  client.accept();
  loop.advance(1s);
  EXPECT_EQ(took_, Duration::zero());
  EXPECT_TRUE(client.sent().empty());
}

TEST_F(PublisherStop, SaysOfflineEvenWhileItIsBeingGreeted) {
  client.latency = 200ms;
  publisher->start();
  loop.advance(50ms);
  stop();
  loop.advance(5s);
  EXPECT_EQ(client.sent_to(kStatusTopic).back().payload, "offline");
  EXPECT_EQ(took_, 200ms);
}

TEST_F(PublisherStop, EndsWhenTheConnectionBreaksMeanwhile) {
  start();
  client.acknowledges = false;
  append(1, 10);
  stop();
  client.drop({"connection lost"});
  loop.advance(5s);
  EXPECT_EQ(took_, Duration::zero());
  EXPECT_EQ(client.connect_times().size(), 1U);
}

TEST_F(PublisherStop, WorksBeforeTheStart) {
  stop();
  loop.settle();
  EXPECT_EQ(took_, Duration::zero());
}

TEST_F(PublisherStop, MayDestroyThePublisherFromItsLastCall) {
  start();
  publisher->stop(5s, [this] { publisher.reset(); });
  loop.advance(5s);
  EXPECT_EQ(publisher, nullptr);
}

class LivePlaneTest : public PublisherTest {};

TEST_F(LivePlaneTest, ShowsTheBytesOfTheNewestSampleRetained) {
  start();
  append(1, 1);
  const auto last = client.sent_to(kLastTopic);
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last[0].payload, sample(1).json);
  EXPECT_EQ(last[0].qos, QoS::kAtMostOnce);
  EXPECT_EQ(last[0].retain, Retain::kYes);
}

TEST_F(LivePlaneTest, IsNeverFilledFromABacklog) {
  queue.preload(samples(1, 50));
  start();
  append(51, 60);
  client.drop({"connection lost"});
  loop.settle();
  append(61, 70);
  loop.advance(5s);
  EXPECT_EQ(queue.acknowledged(), Sequence{70});
  EXPECT_EQ(client.sent_to(kLastTopic).size(), 10U);
}

TEST_F(LivePlaneTest, ShowsNewSamplesWhileABacklogDrains) {
  options.replay_rate = 1;
  make();
  queue.preload(samples(1, 50));
  start();
  append(51, 51);
  ASSERT_EQ(client.sent_to(kLastTopic).size(), 1U);
  EXPECT_EQ(client.sent_to(kLastTopic)[0].payload, sample(51).json);
}

TEST_F(LivePlaneTest, ShowsNoEventsAndIntervals) {
  start();
  Record event = sample(1);
  event.kind = RecordKind::kEvent;
  Record interval = sample(2);
  interval.kind = RecordKind::kInterval;
  ASSERT_TRUE(queue.append(event));
  ASSERT_TRUE(queue.append(interval));
  loop.settle();
  EXPECT_TRUE(client.sent_to(kLastTopic).empty());
}

TEST_F(LivePlaneTest, SkipsAndCountsWhatAStalledConnectionDoesNotTake) {
  start();
  client.hands_over = false;
  append(1, LivePlane::kMaxPending + 30);
  EXPECT_EQ(client.sent_to(kLastTopic).size(), LivePlane::kMaxPending);
  EXPECT_EQ(publisher->status().live_skipped, 30U);
}

TEST_F(LivePlaneTest, BeginsAnewAfterAStalledConnection) {
  start();
  client.hands_over = false;
  append(1, LivePlane::kMaxPending);
  client.hands_over = true;
  client.drop({"connection lost"});
  loop.advance(5s);
  client.forget_sent();
  append(LivePlane::kMaxPending + 1, LivePlane::kMaxPending + 5);
  EXPECT_EQ(client.sent_to(kLastTopic).size(), 5U);
}

}  // namespace
}  // namespace submeter::publish
