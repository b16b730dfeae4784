// SPDX-License-Identifier: Apache-2.0
#include "publish/announcer.h"

#include "tests/unit/publish/publisher_fixture.h"

namespace submeter::publish {
namespace {

using Texts = std::vector<std::string>;

class AnnouncerTest : public PublisherTest {
 protected:
  Announcer& announcer() { return publisher->announcer(); }
  /// "topic=payload" of what was announced, in order; forgets it.
  Texts told() {
    Texts texts;
    for (const auto& message : client.sent()) {
      if (!message.topic.starts_with("homeassistant/")) continue;
      EXPECT_EQ(message.qos, QoS::kAtMostOnce);
      EXPECT_EQ(message.retain, Retain::kYes);
      texts.push_back(message.topic.substr(14) + "=" + message.payload);
    }
    client.forget_sent();
    return texts;
  }
  static Announcer::Messages messages(std::size_t count) {
    Announcer::Messages many;
    for (std::size_t i = 0; i < count; ++i) many["homeassistant/" + std::to_string(100 + i)] = "x";
    return many;
  }
};

TEST_F(AnnouncerTest, TellsEverythingAtEachConnect) {
  announcer().set({{"homeassistant/a", "1"}, {"homeassistant/b", "2"}});
  start();
  EXPECT_EQ(told(), (Texts{"a=1", "b=2"}));
  client.drop({"gone"});
  loop.advance(10s);
  EXPECT_EQ(told(), (Texts{"a=1", "b=2"}));
}

TEST_F(AnnouncerTest, TellsOnlyWhatHasChangedWhileConnected) {
  announcer().set({{"homeassistant/a", "1"}, {"homeassistant/b", "2"}});
  start();
  told();
  announcer().set({{"homeassistant/a", "1"}, {"homeassistant/b", "3"}, {"homeassistant/c", "4"}});
  EXPECT_EQ(told(), (Texts{"b=3", "c=4"}));
}

TEST_F(AnnouncerTest, TakesBackWhatHasGoneOnce) {
  announcer().set({{"homeassistant/a", "1"}, {"homeassistant/b", "2"}});
  start();
  told();
  announcer().set({{"homeassistant/b", "2"}});
  loop.settle();
  EXPECT_EQ(told(), Texts{"a="});
  client.drop({"gone"});
  loop.advance(10s);
  EXPECT_EQ(told(), Texts{"b=2"});
}

TEST_F(AnnouncerTest, TakesBackAtTheNextConnectWhatHasGoneInAnOutage) {
  announcer().set({{"homeassistant/a", "1"}});
  start();
  told();
  client.answers_connect = false;
  client.drop({"gone"});
  loop.settle();
  announcer().set({});
  client.answers_connect = true;
  loop.advance(10s);
  EXPECT_EQ(told(), Texts{"a="});
}

TEST_F(AnnouncerTest, TakesBackWhatAnotherConnectionHasTold) {
  announcer().inherit({{"homeassistant/a", "1"}, {"homeassistant/b", "2"}});
  announcer().set({{"homeassistant/b", "2"}});
  start();
  EXPECT_EQ(told(), (Texts{"a=", "b=2"}));
}

TEST_F(AnnouncerTest, TellsAgainWhatWasTakenBack) {
  announcer().set({{"homeassistant/a", "1"}});
  start();
  announcer().set({});
  announcer().set({{"homeassistant/a", "1"}});
  loop.settle();
  EXPECT_EQ(told().back(), "a=1");
  EXPECT_EQ(announcer().messages().size(), 1U);
}

TEST_F(AnnouncerTest, HandsOverAFewAtATimeAndAllOfThem) {
  announcer().set(messages(100));
  client.hands_over = false;
  start();
  EXPECT_EQ(told().size(), Announcer::kMaxPending);
  client.hands_over = true;
  client.drop({"gone"});
  loop.advance(10s);
  EXPECT_EQ(told().size(), 100U);
}

// Of the window nothing is taken, and of the connection's time only a few messages.
TEST_F(AnnouncerTest, LetsRecordsPass) {
  client.receive_maximum = 3;
  client.hands_over = false;
  announcer().set(messages(100));
  start();
  append(1, 10);
  EXPECT_EQ(sent_sequence(), range(1, 10));
  EXPECT_LE(client.most_unacknowledged(), 3U);
}

TEST_F(AnnouncerTest, GoesOnAfterTheConnectionTookNothingMore) {
  start();
  client.publish_error = Error{"full"};
  announcer().set(messages(20));
  EXPECT_EQ(told().size(), 0U);
  client.publish_error.reset();
  publisher->publish_health("{}");
  loop.settle();
  EXPECT_EQ(told().size(), 20U);
}

}  // namespace
}  // namespace submeter::publish
