// SPDX-License-Identifier: Apache-2.0
#include "meters/read_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <random>
#include <utility>

namespace submeter::meters {
namespace {

using std::chrono::milliseconds;
using Ranges = std::vector<RegisterRange>;

RegisterRange input(int address, int count) {
  return {Table::kInput, {static_cast<std::uint16_t>(address)}, static_cast<std::uint16_t>(count)};
}

RegisterRange holding(int address, int count) {
  return {Table::kHolding, {static_cast<std::uint16_t>(address)}, static_cast<std::uint16_t>(count)};
}

ReadLimits at_most(int registers) {
  ReadLimits limits;
  limits.max_registers = static_cast<std::uint16_t>(registers);
  return limits;
}

SerialLine serial(int baud, Parity parity) {
  SerialLine line;
  line.baud = baud;
  line.parity = parity;
  return line;
}

TEST(PlanReads, AsksForNothingWhereNothingIsWanted) {
  EXPECT_TRUE(plan_reads({}, {}, 10).empty());
}

TEST(PlanReads, MergesNeighboursInAnyOrder) {
  EXPECT_EQ(plan_reads(Ranges{input(4, 2), input(0, 2), input(2, 2)}, {}, 0), Ranges{input(0, 6)});
}

TEST(PlanReads, ReadsWhatIsWantedTwiceOnce) {
  EXPECT_EQ(plan_reads(Ranges{input(0, 4), input(2, 2), input(0, 4), input(3, 3)}, {}, 0),
            Ranges{input(0, 6)});
}

TEST(PlanReads, ReadsAHoleUpToWhatARequestCosts) {
  EXPECT_EQ(plan_reads(Ranges{input(0, 2), input(12, 2)}, {}, 10), Ranges{input(0, 14)});
  EXPECT_EQ(plan_reads(Ranges{input(0, 2), input(13, 2)}, {}, 10), (Ranges{input(0, 2), input(13, 2)}));
}

TEST(PlanReads, ReadsNoHoleWhereTheMapForbidsIt) {
  ReadLimits limits;
  limits.gap_allowed = false;
  EXPECT_EQ(plan_reads(Ranges{input(0, 2), input(3, 2), input(5, 2)}, limits, 10),
            (Ranges{input(0, 2), input(3, 4)}));
}

TEST(PlanReads, ReadsNoHoleBeyondTheLimitOfTheMap) {
  ReadLimits limits;
  limits.max_gap = 4;
  EXPECT_EQ(plan_reads(Ranges{input(0, 2), input(6, 2), input(13, 2)}, limits, 10),
            (Ranges{input(0, 8), input(13, 2)}));
}

TEST(PlanReads, AsksEachTableByItself) {
  EXPECT_EQ(plan_reads(Ranges{input(2, 2), holding(0, 2), holding(4, 2)}, {}, 10),
            (Ranges{holding(0, 6), input(2, 2)}));
}

TEST(PlanReads, FillsARequestToTheLimitAndNotBeyond) {
  EXPECT_EQ(plan_reads(Ranges{input(0, 4), input(4, 4)}, at_most(8), 0), Ranges{input(0, 8)});
  EXPECT_EQ(plan_reads(Ranges{input(0, 4), input(4, 4)}, at_most(7), 0), (Ranges{input(0, 4), input(4, 4)}));
}

TEST(PlanReads, NeverSplitsAValue) {
  EXPECT_EQ(plan_reads(Ranges{input(0, 2), input(2, 4), input(6, 2)}, at_most(5), 0),
            (Ranges{input(0, 2), input(2, 4), input(6, 2)}));
}

TEST(PlanReads, GivesAValueThatExceedsTheLimitARequestOfItsOwn) {
  EXPECT_EQ(plan_reads(Ranges{input(0, 1), input(1, 4), input(5, 1)}, at_most(2), 0),
            (Ranges{input(0, 1), input(1, 4), input(5, 1)}));
}

TEST(PlanReads, PutsTheCutIntoTheLargestHole) {
  EXPECT_EQ(plan_reads(Ranges{input(0, 2), input(10, 2), input(12, 2)}, at_most(12), 10),
            (Ranges{input(0, 2), input(10, 4)}));
}

TEST(PlanReads, ReachesTheLastRegister) {
  EXPECT_EQ(plan_reads(Ranges{input(65532, 2), input(65534, 2)}, {}, 10), Ranges{input(65532, 4)});
}

/// Every way to cut the sorted values into requests, tried one by one.
std::pair<std::size_t, std::size_t> cheapest_by_force(Ranges wanted, int max_registers, int max_gap) {
  std::ranges::sort(wanted);
  std::pair<std::size_t, std::size_t> best{SIZE_MAX, SIZE_MAX};
  for (std::uint32_t cuts = 0; cuts < 1U << (wanted.size() - 1); ++cuts) {
    std::size_t registers = 0;
    bool allowed = true;
    int begin = 0;
    int end = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const int address = wanted[i].address.value;
      const bool fresh = i == 0 || (cuts >> (i - 1) & 1U) != 0;
      if (fresh && i > 0) registers += static_cast<std::size_t>(end - begin);
      allowed = allowed && (fresh || (wanted[i].table == wanted[i - 1].table && address - end <= max_gap));
      if (fresh) begin = end = address;
      end = std::max(end, address + wanted[i].count);
      allowed = allowed && end - begin <= max_registers;
    }
    registers += static_cast<std::size_t>(end - begin);
    const auto requests = static_cast<std::size_t>(std::popcount(cuts)) + 1;
    if (allowed) best = std::min(best, {requests, registers});
  }
  return best;
}

bool covers(const Ranges& plan, const RegisterRange& value) {
  return std::ranges::any_of(plan, [&](const RegisterRange& request) {
    return request.table == value.table && request.address <= value.address &&
           value.address.value + value.count <= request.address.value + request.count;
  });
}

TEST(PlanReads, IsAsCheapAsTheCheapestOfAllPlans) {
  std::mt19937 random(20261121);
  const auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  for (int round = 0; round < 2000; ++round) {
    Ranges wanted;
    for (int i = pick(1, 9); i > 0; --i) {
      const int width = 1 << pick(0, 2);
      wanted.push_back(pick(0, 4) == 0 ? holding(pick(0, 40), width) : input(pick(0, 40), width));
    }
    const int max_registers = pick(4, 24);
    const int gap = pick(0, 12);
    const Ranges plan = plan_reads(wanted, at_most(max_registers), static_cast<std::uint16_t>(gap));
    std::size_t registers = 0;
    for (const RegisterRange& request : plan) registers += request.count;
    EXPECT_EQ(std::pair(plan.size(), registers), cheapest_by_force(wanted, max_registers, gap))
        << "round " << round;
    EXPECT_TRUE(std::ranges::all_of(wanted, [&](const auto& value) { return covers(plan, value); }));
    EXPECT_TRUE(std::ranges::is_sorted(plan));
    std::ranges::shuffle(wanted, random);
    EXPECT_EQ(plan_reads(wanted, at_most(max_registers), static_cast<std::uint16_t>(gap)), plan);
  }
}

// 9600 8N1: Tc = 10/9600 s, T3.5 = 3.5 Tc; D = 20 ms = 19.2 Tc: (13 + 3.5 + 19.2) / 2 = 17.85.
TEST(AffordableGap, IsWhatARequestCostsInRegisters) {
  const SerialLine line = serial(9600, Parity::kNone);
  EXPECT_EQ(affordable_gap(line, milliseconds(20)), 17);
  // Without turnaround 16.5 / 2 = 8.25.
  EXPECT_EQ(affordable_gap(line, milliseconds(0)), 8);
}

// 115200 8E1: Tc = 11/115200 s = 95.49 µs, T3.5 = 1.75 ms, D = 5 ms: (1.2413 + 6.75) / 0.19097 = 41.8.
TEST(AffordableGap, CountsTheFixedSilenceOfFastLines) {
  EXPECT_EQ(affordable_gap(serial(115200, Parity::kEven), milliseconds(5)), 41);
}

// 1000 baud, 8N1: Tc = 10 ms; (130 + 35 + D) / 20: at D = 35 ms exactly 10, where a hole of 10 costs the
// same.
TEST(AffordableGap, LeavesAHoleThatCostsAsMuchAsARequest) {
  const SerialLine line = serial(1000, Parity::kNone);
  EXPECT_EQ(affordable_gap(line, milliseconds(35)), 9);
  EXPECT_EQ(affordable_gap(line, milliseconds(36)), 10);
}

TEST(AffordableGap, IsNeverMoreThanARequestCanHold) {
  EXPECT_EQ(affordable_gap(serial(115200, Parity::kEven), milliseconds(500)), 125);
}

}  // namespace
}  // namespace submeter::meters
