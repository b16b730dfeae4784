// SPDX-License-Identifier: Apache-2.0
// What the publisher connects with has changed: it connects again in good order.
#include "publish/delivery_ids.h"
#include "tests/unit/publish/publisher_fixture.h"

namespace submeter::publish {
namespace {

class PublisherRenewal : public PublisherTest {
 protected:
  std::vector<std::string> said() const {
    std::vector<std::string> words;
    for (const auto& message : client.sent_to(kStatusTopic)) words.push_back(message.payload);
    return words;
  }
};

TEST_F(PublisherRenewal, SaysOfflineBeforeItGoesAndOnlineWhenItIsBack) {
  start();
  publisher->renew();
  loop.settle();
  EXPECT_EQ(client.disconnects(), 1U);
  ASSERT_TRUE(loop.run_until([this] { return publisher->status().connected; }, Publisher::kJitter));
  loop.settle();
  EXPECT_EQ(said(), (std::vector<std::string>{"online", "offline", "online"}));
  EXPECT_EQ(publisher->status().connects, 2U);
  loop.advance(1h);
  EXPECT_EQ(publisher->status().connects, 2U);
}

TEST_F(PublisherRenewal, SendsAgainWhatWasNotAcknowledgedAndLosesNothing) {
  start();
  client.acknowledges = false;
  append(1, 5);
  client.acknowledge(1);
  loop.settle();
  publisher->renew();
  append(6, 7);  // meanwhile
  client.acknowledges = true;
  client.acknowledge(kOfflineDelivery);
  loop.advance(5s);
  EXPECT_EQ(sent_sequence(), (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(queue.acknowledged(), Sequence{7});
}

TEST_F(PublisherRenewal, GivesUpABrokerThatDoesNotAcknowledgeThatItIsOffline) {
  start();
  client.acknowledges = false;
  publisher->renew();
  loop.advance(29'999ms);
  EXPECT_TRUE(client.connected());
  client.acknowledges = true;
  loop.advance(5s);
  EXPECT_EQ(publisher->status().connects, 2U);
}

TEST_F(PublisherRenewal, GoesOnWhenTheConnectionBreaksMeanwhile) {
  start();
  client.acknowledges = false;
  publisher->renew();
  client.drop({"connection lost"});
  client.acknowledges = true;
  append(1, 1);
  loop.advance(5s);
  EXPECT_EQ(queue.acknowledged(), Sequence{1});
  EXPECT_EQ(publisher->status().connects, 2U);
}

TEST_F(PublisherRenewal, IsOneHoweverOftenItIsAskedForMeanwhile) {
  start();
  publisher->renew();
  publisher->renew();
  loop.advance(5s);
  EXPECT_EQ(publisher->status().connects, 2U);
}

TEST_F(PublisherRenewal, FollowsATryThatMayHaveReadTheOldFiles) {
  client.answers_connect = false;
  start();
  publisher->renew();
  EXPECT_EQ(client.connect_times().size(), 1U);
  client.answers_connect = true;
  client.accept();
  loop.advance(5s);
  EXPECT_EQ(client.connect_times().size(), 2U);
  EXPECT_TRUE(publisher->status().connected);
  loop.advance(1h);
  EXPECT_EQ(client.connect_times().size(), 2U);
}

TEST_F(PublisherRenewal, DoesNotWaitForTheEndOfALongBackOff) {
  random = test::FixedRandom({std::uint64_t{977} << 40, 12345, ~std::uint64_t{0} / 3});
  client.refuse_with = Error{"TLS: broker refused our certificate"};
  start();
  loop.advance(3h);
  ASSERT_TRUE(
      loop.run_until([this] { return *publisher->status().next_try - loop.now() > 10s; }, Duration(1h)));
  client.refuse_with.reset();
  publisher->renew();
  loop.advance(Publisher::kJitter);
  EXPECT_TRUE(publisher->status().connected);
}

TEST_F(PublisherRenewal, DoesNotStartAPublisher) {
  publisher->renew();
  loop.advance(1h);
  EXPECT_TRUE(client.connect_times().empty());
}

TEST_F(PublisherRenewal, GivesWayToAStop) {
  start();
  client.acknowledges = false;
  publisher->renew();
  bool stopped = false;
  publisher->stop(5s, [&stopped] { stopped = true; });
  loop.settle();
  EXPECT_FALSE(stopped);
  client.acknowledge(kOfflineDelivery);
  loop.settle();
  EXPECT_TRUE(stopped);
  publisher->renew();
  loop.advance(1h);
  EXPECT_EQ(client.connect_times().size(), 1U);
}

}  // namespace
}  // namespace submeter::publish
