// SPDX-License-Identifier: Apache-2.0
// Frames here, CRCs included, were made by hand from the Modbus specifications, not with our own code.
#include "simulate/responder.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/simulated_meters.h"

namespace submeter::simulate {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

const Bytes kReadPower = {0x07, 0x04, 0x00, 0x34, 0x00, 0x02, 0x30, 0x63};
// 12481.0 as a float32 is 46 43 04 00.
const Bytes kPower = {0x07, 0x04, 0x04, 0x46, 0x43, 0x04, 0x00, 0x7B, 0xD8};

class RtuResponder : public testing::Test {
 protected:
  void add(const Faults& faults = {}, const meters::RegisterMap& map = test::small_map()) {
    responder_.add(test::small_meter(UnitId{7}, map), faults);
  }
  // No bytes: silence.
  Bytes ask(const Bytes& request) {
    const auto answers = responder_.answers(request, start_ + 1s);
    EXPECT_LE(answers.size(), 1U);
    return answers.empty() ? Bytes{} : answers[0].adu;
  }

  MonoTime start_{1h};
  Responder responder_{Framing::kRtu, start_};
};

TEST_F(RtuResponder, AnswersWithTheRegistersOfTheMap) {
  add();
  EXPECT_EQ(ask(kReadPower), kPower);
}

TEST_F(RtuResponder, SaysNothingForAUnitThatIsNotThere) {
  add();
  EXPECT_EQ(ask({0x08, 0x04, 0x00, 0x34, 0x00, 0x02, 0x30, 0x9C}), Bytes{});
}

TEST_F(RtuResponder, SaysNothingToABroadcast) {
  add();
  EXPECT_EQ(ask({0x00, 0x04, 0x00, 0x34, 0x00, 0x02, 0x31, 0xD4}), Bytes{});
}

TEST_F(RtuResponder, SaysNothingToARequestWithAnyByteDamaged) {
  add();
  for (std::size_t i = 0; i < kReadPower.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes damaged = kReadPower;
      damaged[i] = static_cast<std::uint8_t>(damaged[i] ^ (1U << bit));
      EXPECT_EQ(ask(damaged), Bytes{}) << "byte " << i << " bit " << bit;
    }
  }
  EXPECT_EQ(ask(kReadPower), kPower);
}

TEST_F(RtuResponder, SaysNothingToARequestThatIsTooShortOrTooLong) {
  add();
  for (std::size_t size = 0; size < kReadPower.size(); ++size) {
    EXPECT_EQ(ask(Bytes(kReadPower.begin(), kReadPower.begin() + static_cast<std::ptrdiff_t>(size))), Bytes{})
        << size;
  }
  Bytes longer = kReadPower;
  longer.push_back(0x00);
  EXPECT_EQ(ask(longer), Bytes{});
  EXPECT_EQ(ask(Bytes(257, 0x07)), Bytes{});
  EXPECT_EQ(ask(kReadPower), kPower);
}

TEST_F(RtuResponder, ReadsHolesAsZero) {
  add();
  EXPECT_EQ(ask({0x07, 0x04, 0x00, 0x36, 0x00, 0x02, 0x91, 0xA3}),
            (Bytes{0x07, 0x04, 0x04, 0, 0, 0, 0, 0x9D, 0x84}));
}

TEST_F(RtuResponder, RefusesHolesWhereTheMapForbidsThem) {
  meters::RegisterMap map = test::small_map();
  map.limits.gap_allowed = false;
  add({}, map);
  EXPECT_EQ(ask(kReadPower), kPower);
  EXPECT_EQ(ask({0x07, 0x04, 0x00, 0x36, 0x00, 0x02, 0x91, 0xA3}), (Bytes{0x07, 0x84, 0x02, 0x22, 0xC0}));
}

TEST_F(RtuResponder, RefusesAddressesFarOutside) {
  add();
  EXPECT_EQ(ask({0x07, 0x04, 0x20, 0x00, 0x00, 0x02, 0x7A, 0x6D}), (Bytes{0x07, 0x84, 0x02, 0x22, 0xC0}));
}

// Carlo Gavazzi: a register inside a value, asked for alone, is the identification code.
TEST_F(RtuResponder, SaysWhoItIsWhereOnlyThatIsAsked) {
  meters::RegisterMap map = test::small_map();
  meters::Identify identify{.reg = map.points[1], .numbers = {Decimal(0x70)}, .texts = {}};
  identify.reg.address = {0x0035};
  identify.reg.type = meters::Type::kUint16;
  map.identify = identify;
  add({}, map);
  EXPECT_EQ(ask({0x07, 0x04, 0x00, 0x35, 0x00, 0x01, 0x21, 0xA2}),
            (Bytes{0x07, 0x04, 0x02, 0x00, 0x70, 0x30, 0xD4}));
  EXPECT_EQ(ask(kReadPower), kPower);
}

TEST_F(RtuResponder, RefusesTheOtherTable) {
  add();
  EXPECT_EQ(ask({0x07, 0x03, 0x00, 0x34, 0x00, 0x02, 0x85, 0xA3}), (Bytes{0x07, 0x83, 0x02, 0x20, 0xF0}));
}

TEST_F(RtuResponder, RefusesACountOfNone) {
  add();
  EXPECT_EQ(ask({0x07, 0x04, 0x00, 0x34, 0x00, 0x00, 0xB1, 0xA2}), (Bytes{0x07, 0x84, 0x03, 0xE3, 0x00}));
}

TEST_F(RtuResponder, RefusesToBeWritten) {
  add();
  EXPECT_EQ(ask({0x07, 0x06, 0x00, 0x34, 0x00, 0x01, 0x09, 0xA2}), (Bytes{0x07, 0x86, 0x01, 0x63, 0xA1}));
  EXPECT_EQ(ask(kReadPower), kPower);
}

TEST_F(RtuResponder, TakesTheTurnaroundOfItsKindOrOfItsFault) {
  add();
  EXPECT_EQ(responder_.answers(kReadPower, start_)[0].turnaround, 20ms);
  Responder slow(Framing::kRtu, start_);
  slow.add(test::small_meter(UnitId{7}), {.turnaround = 800ms});
  EXPECT_EQ(slow.answers(kReadPower, start_)[0].turnaround, 800ms);
}

TEST_F(RtuResponder, KeepsADeadMeterSilent) {
  add({.dead = true});
  EXPECT_EQ(ask(kReadPower), Bytes{});
}

TEST_F(RtuResponder, DamagesTheChecksumOnRequest) {
  add({.shares = {{Fault::kBadCrc, 1.0}}});
  const Bytes answer = ask(kReadPower);
  ASSERT_EQ(answer.size(), kPower.size());
  EXPECT_TRUE(std::equal(answer.begin(), answer.end() - 1, kPower.begin()));
  EXPECT_NE(answer.back(), kPower.back());
}

TEST_F(RtuResponder, BreaksOffOnRequest) {
  add({.shares = {{Fault::kTruncated, 1.0}}});
  EXPECT_EQ(ask(kReadPower), (Bytes{0x07, 0x04, 0x04, 0x46}));
}

TEST_F(RtuResponder, ChangesItsFaultsOnRequest) {
  add({.dead = true});
  EXPECT_EQ(ask(kReadPower), Bytes{});
  responder_.change_faults(UnitId{7}, {});
  EXPECT_EQ(ask(kReadPower), kPower);
}

TEST_F(RtuResponder, AnswersWithAnExceptionOnRequest) {
  add({.shares = {{Fault::kException, 1.0}}});
  EXPECT_EQ(ask(kReadPower), (Bytes{0x07, 0x84, 0x04, 0xA2, 0xC2}));
}

class TcpResponder : public testing::Test {
 protected:
  TcpResponder() { responder_.add(test::small_meter(UnitId{7}), {}); }
  Bytes ask(const Bytes& request) {
    const auto answers = responder_.answers(request, MonoTime{1h});
    return answers.empty() ? Bytes{} : answers[0].adu;
  }
  Responder responder_{Framing::kTcp, MonoTime{1h}};
};

TEST_F(TcpResponder, EchoesTheTransaction) {
  EXPECT_EQ(ask({0xAB, 0xCD, 0, 0, 0, 6, 7, 4, 0x00, 0x34, 0, 2}),
            (Bytes{0xAB, 0xCD, 0, 0, 0, 7, 7, 4, 4, 0x46, 0x43, 0x04, 0x00}));
}

TEST_F(TcpResponder, SaysThatTheGatewaysTargetFailedForAnUnknownUnit) {
  EXPECT_EQ(ask({0, 1, 0, 0, 0, 6, 8, 4, 0x00, 0x34, 0, 2}), (Bytes{0, 1, 0, 0, 0, 3, 8, 0x84, 0x0B}));
}

TEST_F(TcpResponder, RefusesAnyFunctionButTheTwoThatRead) {
  for (int function = 1; function < 0x80; ++function) {
    if (function == 3 || function == 4) continue;
    const auto code = static_cast<std::uint8_t>(function);
    EXPECT_EQ(ask({0, 1, 0, 0, 0, 6, 7, code, 0, 0x34, 0, 2}),
              (Bytes{0, 1, 0, 0, 0, 3, 7, static_cast<std::uint8_t>(code | 0x80U), 0x01}));
  }
}

TEST_F(TcpResponder, RefusesAReadThatBreaksOff) {
  EXPECT_EQ(ask({0, 1, 0, 0, 0, 4, 7, 4, 0, 0x34}), (Bytes{0, 1, 0, 0, 0, 3, 7, 0x84, 0x03}));
}

TEST_F(TcpResponder, RefusesMoreRegistersThanOneAnswerCarries) {
  EXPECT_EQ(ask({0, 1, 0, 0, 0, 6, 7, 4, 0, 0, 0, 126}), (Bytes{0, 1, 0, 0, 0, 3, 7, 0x84, 0x03}));
}

}  // namespace
}  // namespace submeter::simulate
