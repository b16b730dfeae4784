// SPDX-License-Identifier: Apache-2.0
#include "meters/read_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <ostream>
#include <random>
#include <set>
#include <utility>

namespace submeter::meters {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
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

/// A register takes 2 ms, a request without registers as long as `registers` and a half.
ReadCost request_worth(int registers) {
  return {
      .framing = milliseconds(1), .turnaround = milliseconds(2 * registers), .per_register = milliseconds(2)};
}

double milliseconds_of(nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

TEST(PlanReads, AsksForNothingWhereNothingIsWanted) {
  EXPECT_TRUE(plan_reads({}, {}, request_worth(10)).empty());
}

TEST(PlanReads, MergesNeighboursInAnyOrder) {
  EXPECT_EQ(plan_reads(Ranges{input(4, 2), input(0, 2), input(2, 2)}, {}, request_worth(0)),
            Ranges{input(0, 6)});
}

TEST(PlanReads, ReadsWhatIsWantedTwiceOnce) {
  EXPECT_EQ(plan_reads(Ranges{input(0, 4), input(2, 2), input(0, 4), input(3, 3)}, {}, request_worth(0)),
            Ranges{input(0, 6)});
}

TEST(PlanReads, ReadsAHoleUpToWhatARequestCosts) {
  EXPECT_EQ(plan_reads(Ranges{input(0, 2), input(12, 2)}, {}, request_worth(10)), Ranges{input(0, 14)});
  EXPECT_EQ(plan_reads(Ranges{input(0, 2), input(13, 2)}, {}, request_worth(10)),
            (Ranges{input(0, 2), input(13, 2)}));
}

TEST(PlanReads, ReadsNoHoleWhereTheMapForbidsIt) {
  ReadLimits limits;
  limits.gap_allowed = false;
  EXPECT_EQ(plan_reads(Ranges{input(0, 2), input(3, 2), input(5, 2)}, limits, request_worth(10)),
            (Ranges{input(0, 2), input(3, 4)}));
}

TEST(PlanReads, ReadsNoHoleBeyondTheLimitOfTheMap) {
  ReadLimits limits;
  limits.max_gap = 4;
  EXPECT_EQ(plan_reads(Ranges{input(0, 2), input(6, 2), input(13, 2)}, limits, request_worth(10)),
            (Ranges{input(0, 8), input(13, 2)}));
}

TEST(PlanReads, AsksEachTableByItself) {
  EXPECT_EQ(plan_reads(Ranges{input(2, 2), holding(0, 2), holding(4, 2)}, {}, request_worth(10)),
            (Ranges{holding(0, 6), input(2, 2)}));
}

TEST(PlanReads, FillsARequestToTheLimitAndNotBeyond) {
  EXPECT_EQ(plan_reads(Ranges{input(0, 4), input(4, 4)}, at_most(8), request_worth(0)), Ranges{input(0, 8)});
  EXPECT_EQ(plan_reads(Ranges{input(0, 4), input(4, 4)}, at_most(7), request_worth(0)),
            (Ranges{input(0, 4), input(4, 4)}));
}

TEST(PlanReads, NeverSplitsAValue) {
  EXPECT_EQ(plan_reads(Ranges{input(0, 2), input(2, 4), input(6, 2)}, at_most(5), request_worth(0)),
            (Ranges{input(0, 2), input(2, 4), input(6, 2)}));
}

TEST(PlanReads, GivesAValueThatExceedsTheLimitARequestOfItsOwn) {
  EXPECT_EQ(plan_reads(Ranges{input(0, 1), input(1, 4), input(5, 1)}, at_most(2), request_worth(0)),
            (Ranges{input(0, 1), input(1, 4), input(5, 1)}));
}

TEST(PlanReads, PutsTheCutIntoTheLargestHole) {
  EXPECT_EQ(plan_reads(Ranges{input(0, 2), input(10, 2), input(12, 2)}, at_most(12), request_worth(10)),
            (Ranges{input(0, 2), input(10, 4)}));
}

TEST(PlanReads, ReachesTheLastRegister) {
  EXPECT_EQ(plan_reads(Ranges{input(65532, 2), input(65534, 2)}, {}, request_worth(10)),
            Ranges{input(65532, 4)});
}

TEST(PlanReads, CountsEveryByteInsteadOfFillingRequests) {
  // One request with both holes is 20 registers and too many; the cheaper cut is at the larger hole although
  // the other would fill the first request to the limit.
  EXPECT_EQ(plan_reads(Ranges{input(0, 2), input(7, 2), input(16, 4)}, at_most(18), request_worth(10)),
            (Ranges{input(0, 9), input(16, 4)}));
}

TEST(PlanReads, ReadsNoHoleThatCostsAsMuchAsARequest) {
  const ReadCost even{
      .framing = milliseconds(4), .turnaround = milliseconds(6), .per_register = milliseconds(2)};
  // 5 registers cost as much as a request: the fewer requests win. 6 do not.
  EXPECT_EQ(plan_reads(Ranges{input(0, 2), input(7, 2)}, {}, even), Ranges{input(0, 9)});
  EXPECT_EQ(plan_reads(Ranges{input(0, 2), input(8, 2)}, {}, even), (Ranges{input(0, 2), input(8, 2)}));
  EXPECT_EQ(plan_reads(Ranges{input(0, 2), input(8, 2)}, {}, even.with_turnaround(milliseconds(8))),
            Ranges{input(0, 10)});
}

struct Price {
  nanoseconds time = nanoseconds::max();
  std::size_t requests = 0;
  std::size_t registers = 0;
  auto operator<=>(const Price&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Price& price) {
  return out << price.time.count() << " ns, " << price.requests << " requests, " << price.registers
             << " registers";
}

Price price_of(const Ranges& plan, const ReadCost& cost) {
  Price price{.time = cost.of(plan), .requests = plan.size(), .registers = 0};
  for (const RegisterRange& request : plan) price.registers += request.count;
  return price;
}

/// Whether the limits allow one request for all of `group`, and which it is. Written register by register.
std::optional<RegisterRange> one_request_for(const Ranges& group, const ReadLimits& limits) {
  std::set<int> registers;
  std::size_t widest = 0;
  for (const RegisterRange& value : group) {
    if (value.table != group.front().table) return std::nullopt;
    for (int i = 0; i < value.count; ++i) registers.insert(value.address.value + i);
    widest = std::max<std::size_t>(widest, value.count);
  }
  const int first = *registers.begin();
  const int count = *registers.rbegin() + 1 - first;
  if (count > limits.max_registers && static_cast<std::size_t>(count) != widest) return std::nullopt;
  const int max_hole = limits.gap_allowed ? limits.max_gap.value_or(0xFFFF) : 0;
  int last = first;
  for (const int address : registers) {
    if (address - last - 1 > max_hole) return std::nullopt;
    last = address;
  }
  return RegisterRange{
      group.front().table, {static_cast<std::uint16_t>(first)}, static_cast<std::uint16_t>(count)};
}

/// Every way to put the values into groups, neighbours or not, tried one by one.
class EveryPartition {
 public:
  EveryPartition(const Ranges& wanted, const ReadLimits& limits, const ReadCost& cost)
      : wanted_(wanted), limits_(limits), cost_(cost) {}

  Price cheapest() {
    place(0);
    return best_;
  }

 private:
  void place(std::size_t index) {
    if (index == wanted_.size()) return judge();
    for (std::size_t group = 0; group < groups_.size(); ++group) {
      groups_[group].push_back(wanted_[index]);
      place(index + 1);
      groups_[group].pop_back();
    }
    groups_.push_back({wanted_[index]});
    place(index + 1);
    groups_.pop_back();
  }

  void judge() {
    Ranges plan;
    for (const Ranges& group : groups_) {
      const auto request = one_request_for(group, limits_);
      if (!request) return;
      plan.push_back(*request);
    }
    best_ = std::min(best_, price_of(plan, cost_));
  }

  const Ranges& wanted_;
  const ReadLimits& limits_;
  const ReadCost& cost_;
  std::vector<Ranges> groups_;
  Price best_;
};

bool covers(const Ranges& plan, const RegisterRange& value) {
  return std::ranges::any_of(plan, [&](const RegisterRange& request) {
    return request.table == value.table && request.address <= value.address &&
           value.address.value + value.count <= request.address.value + request.count;
  });
}

TEST(PlanReads, IsAsCheapAsTheCheapestOfAllPlans) {
  std::mt19937 random(20261121);
  const auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  for (int round = 0; round < 3000; ++round) {
    Ranges wanted;
    const int span = pick(8, 60);
    for (int i = pick(1, 7); i > 0; --i) {
      const int width = 1 << pick(0, 2);
      wanted.push_back(pick(0, 4) == 0 ? holding(pick(0, span), width) : input(pick(0, span), width));
    }
    ReadLimits limits = at_most(pick(2, 40));
    limits.gap_allowed = pick(0, 4) != 0;
    if (pick(0, 1) == 0) limits.max_gap = static_cast<std::uint16_t>(pick(0, 12));
    const ReadCost cost{.framing = milliseconds(pick(0, 8)),
                        .turnaround = milliseconds(pick(0, 40)),
                        .per_register = milliseconds(pick(0, 4))};
    const Ranges plan = plan_reads(wanted, limits, cost);
    EXPECT_EQ(price_of(plan, cost), EveryPartition(wanted, limits, cost).cheapest()) << "round " << round;
    EXPECT_TRUE(std::ranges::all_of(wanted, [&](const auto& value) { return covers(plan, value); }));
    EXPECT_TRUE(std::ranges::is_sorted(plan));
    std::ranges::shuffle(wanted, random);
    EXPECT_EQ(plan_reads(wanted, limits, cost), plan);
  }
}

BusOptions bus_of(std::variant<SerialLine, TcpEndpoint, DeviceServer> line) {
  BusOptions bus;
  bus.line = std::move(line);
  return bus;
}

// 8E1 has 11 bits a character. At 9600 baud (13 + 80) · 1.145833 ms + 3.5 · 1.145833 ms + 20 ms = 130.573 ms.
TEST(ReadCost, IsTheTimeOfTheLine) {
  EXPECT_NEAR(milliseconds_of(read_cost(bus_of(serial(9600, Parity::kEven))).of(40)), 130.5729167, 1e-3);
  EXPECT_NEAR(milliseconds_of(read_cost(bus_of(serial(9600, Parity::kNone))).of(40)), 120.5208333, 1e-3);
  EXPECT_NEAR(milliseconds_of(read_cost(bus_of(serial(115200, Parity::kEven))).of(40)), 30.6302083, 1e-3);
  // BENCH: N = 40 at 8E1 with a turnaround of 5 ms.
  EXPECT_NEAR(milliseconds_of(read_cost(bus_of(serial(9600, Parity::kEven)), milliseconds(5)).of(40)), 115.6,
              0.05);
  EXPECT_NEAR(milliseconds_of(read_cost(bus_of(serial(115200, Parity::kEven)), milliseconds(5)).of(40)), 15.6,
              0.05);
}

TEST(ReadCost, IsTheSameBehindADeviceServer) {
  DeviceServer server;
  server.line = serial(19200, Parity::kNone);
  EXPECT_EQ(read_cost(bus_of(server)), read_cost(bus_of(server.line)));
}

TEST(ReadCost, OfTcpIsTheRoundTrip) {
  const ReadCost cost = read_cost(bus_of(TcpEndpoint{}), milliseconds(2));
  EXPECT_EQ(cost.of(0), milliseconds(2));
  EXPECT_LT(cost.of(125) - cost.of(0), milliseconds(1));
}

TEST(ReadCost, OfAPlanIsThatOfItsRequests) {
  const ReadCost cost = request_worth(10);
  EXPECT_EQ(cost.of(Ranges{}), milliseconds(0));
  EXPECT_EQ(cost.of(Ranges{input(0, 3), input(40, 2)}), milliseconds(21 + 6 + 21 + 4));
  EXPECT_EQ(cost.with_turnaround(milliseconds(5)).of(3), milliseconds(1 + 5 + 6));
}

// 9600 8N1: Tc = 10/9600 s, T3.5 = 3.5 Tc; D = 20 ms = 19.2 Tc: a hole is worth (13 + 3.5 + 19.2) / 2 = 17.85
// registers; without turnaround 8.25. 115200 8E1 with D = 5 ms: (1.2413 + 6.75) / 0.19097 = 41.8.
TEST(ReadCost, DecidesWhichHolesAreReadAlong) {
  const auto reads_along = [](const SerialLine& line, int hole, int turnaround_ms) {
    const ReadCost cost = read_cost(bus_of(line), milliseconds(turnaround_ms));
    return plan_reads(Ranges{input(0, 2), input(2 + hole, 2)}, {}, cost).size() == 1;
  };
  const SerialLine slow = serial(9600, Parity::kNone);
  EXPECT_TRUE(reads_along(slow, 17, 20));
  EXPECT_FALSE(reads_along(slow, 18, 20));
  EXPECT_TRUE(reads_along(slow, 8, 0));
  EXPECT_FALSE(reads_along(slow, 9, 0));
  const SerialLine fast = serial(115200, Parity::kEven);
  EXPECT_TRUE(reads_along(fast, 41, 5));
  EXPECT_FALSE(reads_along(fast, 42, 5));
}

}  // namespace
}  // namespace submeter::meters
