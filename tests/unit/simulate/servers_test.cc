// SPDX-License-Identifier: Apache-2.0
// The servers on real pseudo-terminals and sockets, asked by libmodbus' client: an implementation that is not
// ours. It blocks, so the loop runs on a thread of its own.
#include <gtest/gtest.h>
#include <modbus/modbus.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "core/epoll_loop.h"
#include "simulate/device_server.h"
#include "simulate/rtu_server.h"
#include "simulate/tcp_server.h"
#include "tests/support/simulated_meters.h"

namespace submeter::simulate {
namespace {

namespace fs = std::filesystem;

struct Free {
  void operator()(modbus_t* context) const {
    modbus_close(context);
    modbus_free(context);
  }
};
using Client = std::unique_ptr<modbus_t, Free>;

// What is left of even parity on a pseudo-terminal.
void check_parity(int fd) {
  termios settings{};
  ASSERT_EQ(::tcgetattr(fd, &settings), 0);
  settings.c_iflag |= INPCK;
  ASSERT_EQ(::tcsetattr(fd, TCSANOW, &settings), 0);
}

float read_power(modbus_t* client) {
  std::array<std::uint16_t, 2> words{};
  if (modbus_read_input_registers(client, 0x0034, 2, words.data()) != 2) return -1.0F;
  return modbus_get_float_abcd(words.data());
}

class ServersTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = fs::path(testing::TempDir()) / ("servers-" + std::to_string(::getpid()));
    fs::create_directories(directory_);
    link_ = directory_ / "bus";
  }
  void TearDown() override { fs::remove_all(directory_); }

  Responder& responder(Framing framing) {
    responder_.emplace(framing, loop_.now());
    responder_->add(test::small_meter(UnitId{7}), {});
    return *responder_;
  }
  // Runs `ask` while the loop serves.
  template <class Ask>
  void while_serving(Ask ask) {
    std::thread server([this] { loop_.run(); });
    ask();
    loop_.post([this] { loop_.stop(); });
    server.join();
  }
  static Client tcp_client(const TcpServer& server) { return tcp_client(server.port()); }
  static Client tcp_client(int port) {
    Client client(modbus_new_tcp("127.0.0.1", port));
    modbus_set_response_timeout(client.get(), 5, 0);
    return modbus_connect(client.get()) == 0 ? std::move(client) : nullptr;
  }
  Client rtu_client(int baud) const {
    Client client(modbus_new_rtu(link_.c_str(), baud, 'N', 8, 1));
    return modbus_connect(client.get()) == 0 ? std::move(client) : nullptr;
  }

  core::EpollLoop loop_;
  fs::path directory_;
  fs::path link_;
  std::optional<Responder> responder_;
  SerialLine line_{.device = {}, .baud = 19'200, .parity = Parity::kNone, .stop_bits = 1};
};

TEST_F(ServersTest, AreReadByLibmodbusOverAPseudoTerminal) {
  auto terminal = PseudoTerminal::open(link_);
  ASSERT_TRUE(terminal.ok()) << terminal.error().message;
  const RtuServer server(loop_, line_, std::move(*terminal), responder(Framing::kRtu));
  while_serving([this] {
    const Client client = rtu_client(19'200);
    ASSERT_NE(client, nullptr);
    modbus_set_response_timeout(client.get(), 5, 0);
    modbus_set_slave(client.get(), 7);
    EXPECT_EQ(read_power(client.get()), 12'481.0F);
    std::array<std::uint16_t, 2> words{};
    EXPECT_EQ(modbus_read_input_registers(client.get(), 0x2000, 2, words.data()), -1);
    EXPECT_EQ(errno, EMBXILADD);
  });
}

TEST_F(ServersTest, DoNotUnderstandAnotherSpeed) {
  auto terminal = PseudoTerminal::open(link_);
  ASSERT_TRUE(terminal.ok());
  const RtuServer server(loop_, line_, std::move(*terminal), responder(Framing::kRtu));
  while_serving([this] {
    const Client client = rtu_client(9'600);
    ASSERT_NE(client, nullptr);
    modbus_set_response_timeout(client.get(), 0, 200'000);
    modbus_set_slave(client.get(), 7);
    EXPECT_EQ(read_power(client.get()), -1.0F);
    EXPECT_EQ(errno, ETIMEDOUT);
  });
}

TEST_F(ServersTest, HearOnlyTheMetersThatAreSetAsTheAskerIs) {
  auto terminal = PseudoTerminal::open(link_);
  ASSERT_TRUE(terminal.ok());
  RtuServer server(loop_, line_, std::move(*terminal), responder(Framing::kRtu));
  Responder even(Framing::kRtu, loop_.now());
  even.add(test::small_meter(UnitId{8}), {});
  server.add({.device = {}, .baud = 19'200, .parity = Parity::kEven, .stop_bits = 1}, even);
  while_serving([this] {
    struct Ask {
      char parity;
      int unit;
      float answer;
    };
    for (const Ask& ask :
         {Ask{'N', 7, 12'481.0F}, Ask{'N', 8, -1.0F}, Ask{'E', 7, -1.0F}, Ask{'E', 8, 12'481.0F}}) {
      const Client client = rtu_client(19'200);
      ASSERT_NE(client, nullptr);
      if (ask.parity == 'E') check_parity(modbus_get_socket(client.get()));
      const bool answers = ask.answer > 0;
      modbus_set_response_timeout(client.get(), answers ? 5 : 0, answers ? 0 : 200'000);
      modbus_set_slave(client.get(), ask.unit);
      EXPECT_EQ(read_power(client.get()), ask.answer) << ask.parity << ask.unit;
    }
  });
}

TEST_F(ServersTest, AreReadByLibmodbusOverTcp) {
  auto server = TcpServer::listen(loop_, {.host = "127.0.0.1", .port = 0}, responder(Framing::kTcp));
  ASSERT_TRUE(server.ok()) << server.error().message;
  while_serving([&server] {
    std::array<Client, 3> clients;
    for (Client& client : clients) {
      client = tcp_client(**server);
      ASSERT_NE(client, nullptr);
      modbus_set_slave(client.get(), 7);
    }
    for (const Client& client : clients) EXPECT_EQ(read_power(client.get()), 12'481.0F);
    modbus_set_slave(clients[1].get(), 8);
    EXPECT_EQ(read_power(clients[1].get()), -1.0F);
    EXPECT_EQ(errno, EMBXGTAR);
    EXPECT_EQ(read_power(clients[2].get()), 12'481.0F);
  });
}

TEST_F(ServersTest, AreReadThroughADeviceServerInTransparentMode) {
  auto server = SerialDeviceServer::listen(loop_, {.host = "127.0.0.1", .port = 0, .line = line_},
                                           responder(Framing::kRtu));
  ASSERT_TRUE(server.ok()) << server.error().message;
  while_serving([&server] {
    const Client first = tcp_client((*server)->port());
    const Client second = tcp_client((*server)->port());
    // Unit 7, function 4, two registers from 0x0034; the CRC by an independent calculator.
    const std::array<std::uint8_t, 8> request{0x07, 0x04, 0x00, 0x34, 0x00, 0x02, 0x30, 0x63};
    std::array<std::uint8_t, 9> answer{};
    const int fd = modbus_get_socket(first.get());
    ASSERT_EQ(::write(fd, request.data(), request.size()), 8);
    for (std::size_t at = 0; at < answer.size();) {
      pollfd ready{.fd = fd, .events = POLLIN, .revents = 0};
      ASSERT_EQ(::poll(&ready, 1, 5'000), 1);
      const ssize_t count = ::read(fd, answer.data() + at, answer.size() - at);
      ASSERT_GT(count, 0);
      at += static_cast<std::size_t>(count);
    }
    const std::array<std::uint8_t, 7> expected{0x07, 0x04, 0x04, 0x46, 0x43, 0x04, 0x00};  // 12481.0
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), answer.begin()));
    char byte = 0;  // the line has one client
    EXPECT_EQ(::read(modbus_get_socket(second.get()), &byte, 1), 0);
  });
}

TEST_F(ServersTest, CloseAConnectionThatDoesNotSpeakModbus) {
  auto server = TcpServer::listen(loop_, {.host = "127.0.0.1", .port = 0}, responder(Framing::kTcp));
  ASSERT_TRUE(server.ok());
  while_serving([&server] {
    const Client stranger = tcp_client(**server);
    ASSERT_NE(stranger, nullptr);
    ASSERT_EQ(::write(modbus_get_socket(stranger.get()), "GET / HTTP/1.1\r\n\r\n", 18), 18);
    pollfd end{.fd = modbus_get_socket(stranger.get()), .events = POLLIN, .revents = 0};
    ASSERT_EQ(::poll(&end, 1, 5'000), 1);
    std::array<char, 1> byte{};
    EXPECT_EQ(::read(end.fd, byte.data(), byte.size()), 0);
    const Client client = tcp_client(**server);
    modbus_set_slave(client.get(), 7);
    EXPECT_EQ(read_power(client.get()), 12'481.0F);
  });
}

TEST_F(ServersTest, ListenOnTheLoopbackInterfaceOnly) {
  for (const char* host : {"0.0.0.0", "10.0.4.20", "::", "example.com", ""}) {
    const auto server = TcpServer::listen(loop_, {.host = host, .port = 0}, responder(Framing::kTcp));
    ASSERT_FALSE(server.ok()) << host;
    EXPECT_NE(server.error().message.find("loopback interface only"), std::string::npos);
  }
  for (const char* host : {"127.0.0.1", "127.4.5.6", "localhost"}) {
    EXPECT_TRUE(TcpServer::listen(loop_, {.host = host, .port = 0}, responder(Framing::kTcp)).ok()) << host;
  }
}

TEST_F(ServersTest, SayThatAPortIsTaken) {
  auto first = TcpServer::listen(loop_, {.host = "127.0.0.1", .port = 0}, responder(Framing::kTcp));
  ASSERT_TRUE(first.ok());
  const auto second = TcpServer::listen(loop_, {.host = "127.0.0.1", .port = (*first)->port()}, *responder_);
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find("another simulator"), std::string::npos);
}

TEST_F(ServersTest, RemoveTheLinkOfAPseudoTerminalWhenItGoes) {
  {
    const auto terminal = PseudoTerminal::open(link_);
    ASSERT_TRUE(terminal.ok());
    EXPECT_EQ(fs::read_symlink(link_), terminal->name());
  }
  EXPECT_FALSE(fs::is_symlink(link_));
}

TEST_F(ServersTest, LeaveALinkAloneThatIsAnothersByNow) {
  auto first = std::make_unique<Result<PseudoTerminal>>(PseudoTerminal::open(link_));
  ASSERT_TRUE(first->ok());
  const auto second = PseudoTerminal::open(link_);
  ASSERT_TRUE(second.ok()) << second.error().message;
  first.reset();
  EXPECT_EQ(fs::read_symlink(link_), second->name());
}

TEST_F(ServersTest, ReplaceNothingButALinkToAPseudoTerminal) {
  std::ofstream(link_) << "precious";
  EXPECT_FALSE(PseudoTerminal::open(link_).ok());
  EXPECT_EQ(fs::file_size(link_), 8U);
  fs::remove(link_);
  fs::create_symlink("/dev/null", link_);
  EXPECT_FALSE(PseudoTerminal::open(link_).ok());
  EXPECT_EQ(fs::read_symlink(link_), "/dev/null");
  fs::remove(link_);
  fs::create_symlink("/dev/pts/4711", link_);  // of a simulator that was killed
  EXPECT_TRUE(PseudoTerminal::open(link_).ok());
}

TEST_F(ServersTest, SayWhereALinkCannotBe) {
  const auto terminal = PseudoTerminal::open(directory_ / "missing" / "bus");
  ASSERT_FALSE(terminal.ok());
  EXPECT_NE(terminal.error().message.find("cannot put a link at"), std::string::npos);
}

TEST_F(ServersTest, KnowTheSpeedOfTheOtherEnd) {
  const auto terminal = PseudoTerminal::open(link_);
  ASSERT_TRUE(terminal.ok());
  for (const int baud : {1'200, 2'400, 4'800, 9'600, 19'200, 38'400, 57'600, 115'200}) {
    const Client client = rtu_client(baud);
    ASSERT_NE(client, nullptr);
    EXPECT_EQ(terminal->baud(), baud);
  }
}

}  // namespace
}  // namespace submeter::simulate
