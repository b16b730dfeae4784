// SPDX-License-Identifier: Apache-2.0
#include "io/udp_port.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "core/epoll_loop.h"

namespace submeter::io {
namespace {

/// A bound socket on the loopback interface; the test receives and sends by hand.
class Peer {
 public:
  explicit Peer(std::uint16_t port = 0) : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    address_ = loopback(port);
    socklen_t size = sizeof address_;
    EXPECT_EQ(::bind(socket_.get(), name(address_), size), 0);
    EXPECT_EQ(::getsockname(socket_.get(), name(address_), &size), 0);
  }

  std::uint16_t port() const { return ntohs(address_.sin_port); }
  /// The next datagram; remembers who sent it.
  std::string receive() {
    std::string text(2'048, '\0');
    socklen_t size = sizeof other_;
    const auto count = ::recvfrom(socket_.get(), text.data(), text.size(), MSG_DONTWAIT, name(other_), &size);
    if (count < 0) return "nothing";
    text.resize(static_cast<std::size_t>(count));
    return text;
  }
  sockaddr_in other() const { return other_; }
  void send_to(sockaddr_in to, const std::string& text) {
    EXPECT_EQ(::sendto(socket_.get(), text.data(), text.size(), 0, name(to), sizeof to),
              static_cast<ssize_t>(text.size()));
  }
  void answer(const std::string& text) { send_to(other_, text); }
  void go() { socket_.reset(); }

 private:
  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  static sockaddr* name(sockaddr_in& address) { return reinterpret_cast<sockaddr*>(&address); }

  core::UniqueFd socket_;
  sockaddr_in address_{};
  sockaddr_in other_{};
};

class UdpPortTest : public ::testing::Test, protected DatagramPort::Listener {
 protected:
  UdpPortTest() { udp.set_listener(*this); }

  void on_datagram(std::span<const std::uint8_t> bytes) override {
    datagrams.emplace_back(bytes.begin(), bytes.end());
    loop.stop();
  }
  void on_unreachable(const Error& reason) override {
    failures.push_back(reason.message);
    loop.stop();
  }

  void send(const std::string& text) {
    udp.send({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }
  void send_and_be_received(const std::string& text) {
    send(text);
    ASSERT_EQ(peer.receive(), text);
  }
  /// Runs the loop until something was told, to the end of that turn; false if nothing was within ten
  /// seconds.
  bool run_turn() {
    const std::size_t before = datagrams.size() + failures.size();
    Timer limit(loop, [this] { loop.stop(); });
    limit.start_after(std::chrono::seconds{10});
    loop.run();
    return datagrams.size() + failures.size() > before;
  }

  core::EpollLoop loop;
  Peer peer;
  UdpPort udp{loop, peer.port()};
  std::vector<std::string> datagrams;
  std::vector<std::string> failures;
};

TEST_F(UdpPortTest, CarriesDatagramsBothWays) {
  send_and_be_received("question");
  peer.answer("one");
  peer.answer("");
  peer.answer("three");
  while (datagrams.size() < 3) ASSERT_TRUE(run_turn());
  EXPECT_EQ(datagrams, (std::vector<std::string>{"one", "", "three"}));
  EXPECT_TRUE(failures.empty());
}

TEST_F(UdpPortTest, HearsNobodyButItsPeer) {
  send_and_be_received("question");
  Peer stranger;
  stranger.send_to(peer.other(), "forged");
  peer.answer("true");
  ASSERT_TRUE(run_turn());
  EXPECT_EQ(datagrams, std::vector<std::string>{"true"});
}

TEST_F(UdpPortTest, ReadsSixteenDatagramsATurnAndTheRestInTheNext) {
  send_and_be_received("question");
  for (int i = 0; i < 17; ++i) peer.answer(std::to_string(i));
  ASSERT_TRUE(run_turn());
  EXPECT_EQ(datagrams.size(), 16U);
  ASSERT_TRUE(run_turn());
  ASSERT_EQ(datagrams.size(), 17U);
  EXPECT_EQ(datagrams.back(), "16");
}

TEST_F(UdpPortTest, DeliversOneByteMoreThanTheLimitOfALongerDatagram) {
  send_and_be_received("question");
  for (const std::size_t length : {1'023U, 1'024U, 1'025U, 9'000U}) {
    datagrams.clear();
    peer.answer(std::string(length, 'x'));
    ASSERT_TRUE(run_turn());
    EXPECT_EQ(datagrams.at(0).size(), std::min<std::size_t>(length, 1'025));
  }
}

TEST_F(UdpPortTest, TellsThatNobodyIsThereFromTheLoop) {
  peer.go();
  send("question");
  EXPECT_TRUE(failures.empty());
  ASSERT_TRUE(run_turn());
  EXPECT_EQ(failures, std::vector<std::string>{"no process answers at 127.0.0.1:" +
                                               std::to_string(peer.port()) + " (Connection refused)"});
}

TEST_F(UdpPortTest, TellsItAlsoOfTwoDatagramsInOneTurn) {
  peer.go();
  send("one");
  send("two");
  ASSERT_TRUE(run_turn());
  EXPECT_EQ(failures.size(), 1U);
}

TEST_F(UdpPortTest, ReachesAPeerThatComesBack) {
  peer.go();
  send("lost");
  ASSERT_TRUE(run_turn());
  Peer successor(peer.port());
  send("found");
  EXPECT_EQ(successor.receive(), "found");
  successor.answer("back");
  ASSERT_TRUE(run_turn());
  EXPECT_EQ(datagrams, std::vector<std::string>{"back"});
}

TEST_F(UdpPortTest, SendsADatagramAlthoughTheOneBeforeWasRefusedAndNobodyHasReadThat) {
  peer.go();
  send("lost");
  Peer successor(peer.port());
  send("found");
  EXPECT_EQ(successor.receive(), "found");
}

TEST_F(UdpPortTest, TellsFromTheLoopWhatTheSystemDoesNotSend) {
  send(std::string(70'000, 'x'));
  EXPECT_TRUE(failures.empty());
  ASSERT_TRUE(run_turn());
  EXPECT_EQ(failures, std::vector<std::string>{"cannot reach 127.0.0.1:" + std::to_string(peer.port()) +
                                               ": Message too long"});
}

}  // namespace
}  // namespace submeter::io
