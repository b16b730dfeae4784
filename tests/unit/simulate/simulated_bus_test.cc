// SPDX-License-Identifier: Apache-2.0
// The stream that other tests build on.
#include "tests/support/simulated_bus.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/simulated_loop.h"
#include "tests/support/simulated_meters.h"

namespace submeter::test {
namespace {

using namespace std::chrono_literals;

class SimulatedBusTest : public testing::Test, public ByteStream::Listener {
 protected:
  SimulatedBusTest() {
    responder_.add(small_meter(UnitId{7}), {});
    bus_.set_listener(*this);
  }
  void on_open() override { events_.emplace_back("open"); }
  void on_bytes(std::span<const std::uint8_t> bytes) override {
    received_.insert(received_.end(), bytes.begin(), bytes.end());
  }
  void on_down(const Error& reason) override { events_.push_back(reason.message); }

  SimulatedLoop loop_;
  simulate::Responder responder_{simulate::Framing::kTcp, loop_.now()};
  SimulatedBus bus_{loop_, {.line = TcpEndpoint{}}, responder_};
  std::vector<std::string> events_;
  std::vector<std::uint8_t> received_;
  const std::vector<std::uint8_t> request_ = {0, 1, 0, 0, 0, 6, 7, 4, 0x00, 0x34, 0, 2};
};

TEST_F(SimulatedBusTest, OpensFromTheLoopAndCarriesAnAnswer) {
  bus_.open();
  EXPECT_TRUE(events_.empty());
  loop_.settle();
  bus_.write(request_);
  loop_.advance(1s);
  EXPECT_EQ(events_, std::vector<std::string>{"open"});
  EXPECT_EQ(received_.size(), 13U);
}

TEST_F(SimulatedBusTest, SaysNothingMoreAfterClose) {
  bus_.open();
  loop_.settle();
  bus_.write(request_);
  bus_.close();
  loop_.advance(1s);
  EXPECT_TRUE(received_.empty());
}

TEST_F(SimulatedBusTest, BreaksAndIsMended) {
  bus_.open();
  loop_.settle();
  bus_.break_line("unplugged");
  loop_.settle();
  bus_.open();
  loop_.settle();
  bus_.mend();
  bus_.open();
  loop_.settle();
  EXPECT_EQ(events_, (std::vector<std::string>{"open", "unplugged", "unplugged", "open"}));
}

TEST_F(SimulatedBusTest, IsClosedByMetersThatHearNonsense) {
  bus_.open();
  loop_.settle();
  bus_.write(std::vector<std::uint8_t>(20, 0xFF));
  loop_.settle();
  EXPECT_FALSE(bus_.is_open());
  EXPECT_EQ(events_.back(), "the meters closed the connection");
}

}  // namespace
}  // namespace submeter::test
