// SPDX-License-Identifier: Apache-2.0
#include "daemon/control_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/epoll_loop.h"
#include "daemon/control_client.h"

namespace submeter::daemon {
namespace {

using namespace std::chrono_literals;

class FakeHandler final : public ControlSocket::Handler {
 public:
  std::string status_json(bool brief) override {
    return brief ? R"({"totals":{}})" : R"({"version":"test"})";
  }
  void read_registers(const std::string& bus, const modbus::ReadRequest& request, Reply reply) override {
    asked_bus = bus;
    asked = request;
    pending = std::move(reply);
    if (on_asked) on_asked();
  }

  std::string queue_json() override { return R"({"undelivered":0})"; }
  void export_records(store::RangeQuery query, Reply reply) override {
    queries.push_back(std::move(query));
    pending = std::move(reply);
    if (on_asked) on_asked();
  }

  std::vector<store::RangeQuery> queries;
  std::string asked_bus;
  std::optional<modbus::ReadRequest> asked;
  Reply pending;
  std::function<void()> on_asked;
};

/// The far end: a `submeter` on the same loop.
class FarEnd {
 public:
  FarEnd(core::EpollLoop& loop, const std::string& path) : loop_(loop), fd_(connect(path)) {
    watch_.emplace(loop, fd_.get(), Interest::kRead, [this](Readiness) { receive(); });
  }
  void send(const std::string& text) const {
    ASSERT_EQ(::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  /// Runs the loop until `count` lines came or the connection ended.
  void await(std::size_t count) {
    wanted_ = count;
    Timer deadline(loop_, [this] { loop_.stop(); });
    deadline.start_after(30s);
    while (lines() < count && !closed && deadline.armed()) loop_.run();
  }
  void leave() {
    watch_.reset();
    fd_.reset();
  }

  std::string received;
  bool closed = false;

 private:
  static core::UniqueFd connect(const std::string& path) {
    core::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return fd;
  }
  std::size_t lines() const {
    return static_cast<std::size_t>(std::count(received.begin(), received.end(), '\n'));
  }
  void receive() {
    std::array<char, 4096> buffer{};
    const ssize_t count = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count <= 0) {
      closed = true;
      watch_.reset();
    } else {
      received.append(buffer.data(), static_cast<std::size_t>(count));
    }
    if (closed || lines() >= wanted_) loop_.stop();
  }

  core::EpollLoop& loop_;
  core::UniqueFd fd_;
  std::optional<Watch> watch_;
  std::size_t wanted_ = 1;
};

class ControlSocketTest : public testing::Test {
 protected:
  ControlSocketTest() { EXPECT_TRUE(socket.listen(path).ok()); }

  static Record sample_of(const std::string& circuit, const std::string& json) {
    Record record;
    record.circuit = circuit;
    record.json = json;
    return record;
  }

  std::string path = testing::TempDir() + "status-" + std::to_string(::getpid()) + ".sock";
  core::EpollLoop loop;
  FakeHandler handler;
  ControlSocket socket{loop, handler};
};

TEST_F(ControlSocketTest, IsForOwnerAndGroupOnly) {
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0660U);
}

TEST_F(ControlSocketTest, AnswersOneQuestionAndCloses) {
  FarEnd client(loop, path);
  client.send("{\"command\":\"status\"}\n");
  client.await(2);
  EXPECT_EQ(client.received, "{\"version\":\"test\"}\n");
  EXPECT_TRUE(client.closed);
}

TEST_F(ControlSocketTest, PassesAReadOnAndItsAnswerBack) {
  FarEnd client(loop, path);
  handler.on_asked = [this] { loop.post([this] { handler.pending(R"({"registers":[17955,1024]})"); }); };
  client.send(
      "{\"command\":\"read\",\"bus\":\"rs485-1\",\"unit\":7,\"function\":4,\"address\":52,\"count\":2}\n");
  client.await(1);
  EXPECT_EQ(client.received, "{\"registers\":[17955,1024]}\n");
  EXPECT_EQ(handler.asked_bus, "rs485-1");
  EXPECT_EQ(handler.asked, (modbus::ReadRequest{{7}, modbus::Function::kReadInputRegisters, {52}, 2}));
}

TEST_F(ControlSocketTest, ForgetsTheAnswerForAClientThatLeft) {
  FarEnd client(loop, path);
  handler.on_asked = [this] { loop.stop(); };
  client.send("{\"command\":\"read\",\"bus\":\"b\",\"unit\":7,\"function\":3,\"address\":0,\"count\":1}\n");
  client.await(0);
  loop.run();
  client.leave();
  FarEnd other(loop, path);  // its answer comes after the hang-up of the first was seen
  other.send("{\"command\":\"status\"}\n");
  other.await(1);
  handler.pending("{}");
  EXPECT_EQ(other.received, "{\"version\":\"test\"}\n");
}

TEST_F(ControlSocketTest, RefusesWhatItDoesNotUnderstand) {
  for (const char* request : {"nonsense", "[1]", R"({"command":"reboot"})", R"({"command":"read","unit":7})",
                              R"({"command":"read","unit":256,"function":3,"address":0,"count":1})",
                              R"({"command":"read","unit":1,"function":6,"address":0,"count":1})",
                              R"({"command":"read","unit":1,"function":3,"address":0,"count":126})",
                              R"({"command":"read","unit":-1,"function":3,"address":0,"count":1})"}) {
    FarEnd client(loop, path);
    client.send(std::string(request) + "\n");
    client.await(1);
    EXPECT_EQ(client.received.rfind("{\"error\":", 0), 0U) << request << ": " << client.received;
  }
  EXPECT_FALSE(handler.asked.has_value());
}

TEST_F(ControlSocketTest, CutsOffARequestWithoutAnEnd) {
  FarEnd client(loop, path);
  client.send(std::string(8192, 'x'));
  client.await(1);
  EXPECT_TRUE(client.closed);
  EXPECT_TRUE(client.received.empty());
}

TEST_F(ControlSocketTest, SendsEachFollowerTheRecordsOfItsCircuit) {
  FarEnd all(loop, path);
  FarEnd one(loop, path);
  all.send("{\"command\":\"tail\"}\n");
  one.send("{\"command\":\"tail\",\"circuit\":\"ups-a\"}\n");
  FarEnd asking(loop, path);  // answered after the two were served, which came first
  asking.send("{\"command\":\"status\"}\n");
  asking.await(1);
  socket.on_record(sample_of("ahu-3", "{1}"));
  socket.on_record(sample_of("ups-a", "{2}"));
  all.await(2);
  one.await(1);
  EXPECT_EQ(all.received, "{1}\n{2}\n");
  EXPECT_EQ(one.received, "{2}\n");
}

TEST_F(ControlSocketTest, DropsAFollowerThatDoesNotRead) {
  FarEnd follower(loop, path);
  follower.send("{\"command\":\"tail\"}\n");
  FarEnd asking(loop, path);
  asking.send("{\"command\":\"status\"}\n");
  asking.await(1);
  const std::string line(64 << 10, 'x');
  for (std::size_t lag = 0; lag <= ControlClient::kMaxBacklog; lag += line.size()) {
    socket.on_record(sample_of("ups-a", line));
  }
  follower.await(1 << 20);
  EXPECT_TRUE(follower.closed);
}

TEST_F(ControlSocketTest, SaysWhyItCannotListen) {
  ControlSocket other(loop, handler);
  const auto listening = other.listen("/nowhere/status.sock");
  ASSERT_FALSE(listening.ok());
  EXPECT_NE(listening.error().message.find("/nowhere/status.sock"), std::string::npos);
}

constexpr const char* kExport = "{\"command\":\"export\",\"from\":1,\"to\":2,\"after\":0}\n";

TEST_F(ControlSocketTest, TellsOfTheQueueAndCloses) {
  FarEnd client(loop, path);
  client.send("{\"command\":\"queue\"}\n");
  client.await(2);
  EXPECT_EQ(client.received, "{\"undelivered\":0}\n");
  EXPECT_TRUE(client.closed);
}

TEST_F(ControlSocketTest, ExportsBiteByBiteOverOneConnection) {
  FarEnd client(loop, path);
  handler.on_asked = [this] { loop.post([this] { handler.pending("{\"records\":0}"); }); };
  client.send(kExport);
  client.await(1);
  client.send("{\"command\":\"export\",\"from\":1,\"to\":2,\"after\":500}\n");
  client.await(2);
  EXPECT_FALSE(client.closed);
  ASSERT_EQ(handler.queries.size(), 2U);
  EXPECT_EQ(handler.queries[1].after, Sequence{500});
}

TEST_F(ControlSocketTest, ReadsOneBiteAtATimeWhoeverAsks) {
  FarEnd first(loop, path);
  FarEnd second(loop, path);
  handler.on_asked = [this] { loop.stop(); };
  first.send(kExport);
  loop.run();
  second.send(kExport);
  FarEnd witness(loop, path);
  witness.send("{\"command\":\"queue\"}\n");
  witness.await(2);
  EXPECT_EQ(handler.queries.size(), 1U);
  handler.pending("{\"records\":0}");
  EXPECT_EQ(handler.queries.size(), 2U) << "the second one's turn";
}

TEST_F(ControlSocketTest, LetsAClientWaitForOneExportOnly) {
  FarEnd client(loop, path);
  handler.on_asked = [this] { loop.stop(); };
  client.send(kExport);
  loop.run();
  client.send(kExport);  // waits behind the first
  FarEnd witness(loop, path);
  witness.send("{\"command\":\"queue\"}\n");
  witness.await(2);
  client.send(kExport);
  client.await(1);
  EXPECT_EQ(client.received, "{\"error\":\"one export at a time\"}\n");
  EXPECT_EQ(handler.queries.size(), 1U);
}

TEST_F(ControlSocketTest, DoesNotReadForAClientThatLeftWhileItWaited) {
  FarEnd first(loop, path);
  FarEnd second(loop, path);
  handler.on_asked = [this] { loop.stop(); };
  first.send(kExport);
  loop.run();
  second.send(kExport);
  FarEnd witness(loop, path);
  witness.send("{\"command\":\"queue\"}\n");
  witness.await(2);
  first.leave();
  second.leave();
  FarEnd later(loop, path);
  later.send("{\"command\":\"queue\"}\n");
  later.await(2);
  handler.pending("{\"records\":0}");
  EXPECT_EQ(handler.queries.size(), 1U);
  FarEnd last(loop, path);
  last.send(kExport);
  loop.run();
  EXPECT_EQ(handler.queries.size(), 2U) << "exports go on";
}

TEST_F(ControlSocketTest, SaysWhatAnExportNeeds) {
  FarEnd client(loop, path);
  client.send("{\"command\":\"export\",\"from\":1}\n");
  client.await(2);
  EXPECT_NE(client.received.find("needs from and to"), std::string::npos) << client.received;
  EXPECT_TRUE(client.closed);
}

}  // namespace
}  // namespace submeter::daemon
