// SPDX-License-Identifier: Apache-2.0
#include "io/tcp_stream.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <memory>

#include "tests/unit/io/stream_recorder.h"

namespace submeter::io {
namespace {

/// A listening socket on the loopback interface; the test accepts and talks by hand.
class Server {
 public:
  explicit Server(const std::string& address = "127.0.0.1") {
    SocketAddress bound = numeric_address(address, 0).at(0);
    listener_.reset(::socket(bound.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    auto* name = reinterpret_cast<sockaddr*>(&bound.storage);
    usable_ = listener_ && ::bind(listener_.get(), name, bound.size) == 0 &&
              ::listen(listener_.get(), 4) == 0 && ::getsockname(listener_.get(), name, &bound.size) == 0;
    const in_port_t port = bound.storage.ss_family == AF_INET6
                               ? reinterpret_cast<sockaddr_in6*>(name)->sin6_port
                               : reinterpret_cast<sockaddr_in*>(name)->sin_port;
    port_ = ntohs(port);
  }
  bool usable() const { return usable_; }
  std::uint16_t port() const { return port_; }
  void stop_listening() { listener_.reset(); }
  core::UniqueFd accept() { return core::UniqueFd(::accept(listener_.get(), nullptr, nullptr)); }

 private:
  core::UniqueFd listener_;
  bool usable_ = false;
  std::uint16_t port_ = 0;
};

/// Our descriptor of the connection to `port`; a stream keeps its own to itself.
int client_socket(std::uint16_t port) {
  for (int fd = 3; fd < 256; ++fd) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 && ntohs(peer.sin_port) == port)
      return fd;
  }
  return -1;
}

int option_of(int fd, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, level, name, &value, &size) == 0 ? value : -1;
}

class TcpStreamTest : public ::testing::Test {
 protected:
  void make(const std::string& host) {
    stream = std::make_unique<TcpStream>(loop, host, server.port());
    stream->set_listener(told);
  }
  core::UniqueFd connect(const std::string& host = "127.0.0.1") {
    make(host);
    stream->open();
    EXPECT_EQ(told.opened, 0);
    EXPECT_TRUE(told.run_until_open());
    return server.accept();
  }

  core::EpollLoop loop;
  StreamRecorder told{loop};
  Server server;
  std::unique_ptr<TcpStream> stream;
};

TEST_F(TcpStreamTest, CarriesBytesBothWays) {
  const core::UniqueFd peer = connect();
  ASSERT_EQ(::write(peer.get(), "answer", 6), 6);
  ASSERT_TRUE(told.run_until([this] { return told.received.size() == 6; }));
  EXPECT_EQ(told.received, "answer");
  stream->write(bytes_of("request"));
  std::string arrived(7, '\0');
  ASSERT_EQ(::read(peer.get(), arrived.data(), arrived.size()), 7);
  EXPECT_EQ(arrived, "request");
  EXPECT_EQ(stream->describe(), "127.0.0.1:" + std::to_string(server.port()));
}

TEST_F(TcpStreamTest, LooksNamesUpWithoutHoldingUpTheLoop) {
  const core::UniqueFd peer = connect("localhost");
  EXPECT_TRUE(peer.valid());
}

TEST_F(TcpStreamTest, SpeaksIpv6) {
  server = Server("::1");
  if (!server.usable()) GTEST_SKIP() << "no IPv6 on this machine";
  const core::UniqueFd peer = connect("::1");
  EXPECT_TRUE(peer.valid());
  EXPECT_EQ(stream->describe(), "[::1]:" + std::to_string(server.port()));
}

TEST_F(TcpStreamTest, NoticesAPeerThatHasGoneSilentlyWithinHalfAMinute) {
  const core::UniqueFd peer = connect();
  const int fd = client_socket(server.port());
  ASSERT_GE(fd, 0);
  EXPECT_EQ(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
  const int silence = option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE) +
                      option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL) * option_of(fd, IPPROTO_TCP, TCP_KEEPCNT);
  EXPECT_GT(silence, 0);
  EXPECT_LE(silence, 30);
  const int unacknowledged_ms = option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT);
  EXPECT_GT(unacknowledged_ms, 0);
  EXPECT_LE(unacknowledged_ms, 30'000);
  EXPECT_EQ(option_of(fd, IPPROTO_TCP, TCP_NODELAY), 1);
}

TEST_F(TcpStreamTest, SaysWhoRefusedAndWhatToLookAt) {
  server.stop_listening();
  make("127.0.0.1");
  stream->open();
  ASSERT_TRUE(told.run_until_down());
  EXPECT_EQ(told.downs[0], "connection refused by 127.0.0.1:" + std::to_string(server.port()) +
                               ": is the gateway's Modbus TCP server on?");
}

TEST_F(TcpStreamTest, SaysWhichNameIsNotFound) {
  const std::string impossible(300, 'a');  // too long for any name server to be asked
  make(impossible);
  stream->open();
  ASSERT_TRUE(told.run_until_down());
  EXPECT_EQ(told.downs[0].substr(0, 313), "cannot find " + impossible + ":");
}

TEST_F(TcpStreamTest, TellsThatThePeerClosed) {
  core::UniqueFd peer = connect();
  peer.reset();
  ASSERT_TRUE(told.run_until_down());
  EXPECT_EQ(told.downs[0], stream->describe() + " closed the connection: does it allow one client more?");
  told.run_some_turns();
  EXPECT_EQ(told.downs.size(), 1U);
}

TEST_F(TcpStreamTest, TellsAWriteToAPeerThatHasGoneFromTheLoopOnly) {
  core::UniqueFd peer = connect();
  peer.reset();
  for (int i = 0; i < 3; ++i) stream->write(bytes_of("request"));
  EXPECT_TRUE(told.downs.empty());
  ASSERT_TRUE(told.run_until_down());
  told.run_some_turns();
  EXPECT_EQ(told.downs.size(), 1U);
}

TEST_F(TcpStreamTest, BoundsWhatThePeerDoesNotTake) {
  const core::UniqueFd peer = connect();
  const std::vector<std::uint8_t> block(1024, 0x55);
  // Socket buffers take some megabytes at most, then the stream's own buffer.
  for (int i = 0; i < 64 * 1024; ++i) stream->write(block);
  EXPECT_TRUE(told.downs.empty());
  ASSERT_TRUE(told.run_until_down());
  EXPECT_EQ(told.downs[0], stream->describe() + " has stopped to take requests");
}

TEST_F(TcpStreamTest, OpensAgainAfterItWasClosed) {
  make("localhost");
  for (int i = 1; i <= 3; ++i) {
    stream->open();
    ASSERT_TRUE(told.run_until([&] { return told.opened == i; }));
    stream->close();
  }
  EXPECT_TRUE(told.downs.empty());
}

TEST_F(TcpStreamTest, CallsNobodyBackOnceItIsClosedOrDestroyed) {
  for (const char* host : {"127.0.0.1", "localhost"}) {
    make(host);
    stream->open();
    stream->close();
    told.run_some_turns();
    stream->open();
    told.run_some_turns();
    stream->close();
    const int opened = told.opened;
    told.run_some_turns();
    stream->open();
    stream.reset();
    told.run_some_turns();
    EXPECT_EQ(told.opened, opened);
    EXPECT_TRUE(told.downs.empty());
  }
}

}  // namespace
}  // namespace submeter::io
