// SPDX-License-Identifier: Apache-2.0
// Registers as Python's struct packs the values that they stand for.
#include "tool/probe_ranking.h"

#include <gtest/gtest.h>

namespace submeter::tool {
namespace {

using meters::Table;
using meters::Type;
using meters::WordOrder;

/// Registers from PDU address 51 on; asked for is 52.
std::vector<ProbeCandidate> probe(const std::vector<std::uint16_t>& words, const char* expected = nullptr) {
  const std::vector<RegisterBlock> blocks{{Table::kInput, {51}, words}};
  return rank({Table::kInput, {52}}, blocks, expected == nullptr ? std::nullopt : Decimal::parse(expected));
}

TEST(ProbeRanking, FindsTheRegisterBesideTheOneAskedFor) {
  // struct.pack('>f', 128.99609375) is 43 00 ff 00, at the register before: the document counts from 1, the
  // asker from 0.
  const auto before = probe({0x4300, 0xFF00, 0x0102, 0x0304, 0x0506, 0x0708}, "129");
  ASSERT_FALSE(before.empty());
  EXPECT_EQ(before[0].offset, -1);
  EXPECT_EQ(before[0].value, Decimal(1'289'961, -4));  // packs to the same four bytes, 128.996 does not
  EXPECT_EQ(before[0].yaml(), "x_probe: {address: 51, function: input, type: float32}");
  const auto after = probe({0x0102, 0x0304, 0x4300, 0xFF00, 0x0506, 0x0708}, "129");
  ASSERT_FALSE(after.empty());
  EXPECT_EQ(after[0].offset, 1);
}

TEST(ProbeRanking, FindsTheWordOrder) {
  // 12481.0: 46 43 04 00
  struct Case {
    std::vector<std::uint16_t> words;
    WordOrder order;
  };
  for (const Case& known : {Case{{0, 0x4643, 0x0400, 0, 0, 0}, WordOrder::kABCD},
                            Case{{0, 0x0400, 0x4643, 0, 0, 0}, WordOrder::kCDAB},
                            Case{{0, 0x4346, 0x0004, 0, 0, 0}, WordOrder::kBADC},
                            Case{{0, 0x0004, 0x4346, 0, 0, 0}, WordOrder::kDCBA}}) {
    const auto found = probe(known.words, "12480");
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found[0].point.order, known.order);
    EXPECT_EQ(found[0].point.type, Type::kFloat32);
    EXPECT_EQ(found[0].offset, 0);
  }
}

TEST(ProbeRanking, FindsTheScaleOfAnInteger) {
  const auto found = probe({0xFFFF, 2304, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF}, "230.4");
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].yaml(), "x_probe: {address: 52, function: input, type: int16, scale: 0.1}");
  EXPECT_EQ(found[0].looks_like, "as expected");
}

TEST(ProbeRanking, FindsWattsWhereTheDisplayShowsKilowatts) {
  const auto found = probe({0, 0x4643, 0x0400, 0, 0, 0}, "12.481");  // 12481.0
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].yaml(), "x_probe: {address: 52, function: input, type: float32, scale: 0.001}");
}

TEST(ProbeRanking, FindsWideCountersToTheLastDigit) {
  // struct.pack('>Q', 4821136) as 0.01 kWh
  const auto found = probe({0xFFFF, 0x0000, 0x0000, 0x0049, 0x9090, 0xFFFF}, "48211.36");
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].value, Decimal(48'211'36, -2));
}

TEST(ProbeRanking, PrefersWhatLooksLikeMainsWithoutAnExpectation) {
  const auto found = probe({0x0000, 0x4247, 0xD70A, 0x0000, 0x0000, 0x0000});  // 49.96
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].looks_like, "a mains frequency");
  EXPECT_EQ(found[0].point.type, Type::kFloat32);
  EXPECT_EQ(found[0].offset, 0);
}

TEST(ProbeRanking, LeavesOutWhatIsNoNumber) {
  EXPECT_TRUE(probe({0, 0, 0, 0, 0, 0}).empty());
  // 7F C0 00 00 is NaN; with its bytes swapped, C0 7F 00 00, it is a number.
  for (const ProbeCandidate& candidate : probe({0x7FC0, 0, 0x7FC0, 0, 0x7FC0, 0})) {
    const bool bytes_in_order =
        candidate.point.order == WordOrder::kABCD || candidate.point.order == WordOrder::kCDAB;
    EXPECT_FALSE(candidate.point.type == Type::kFloat32 && bytes_in_order);
  }
}

TEST(ProbeRanking, TakesOnlyWhatCameInOneAnswer) {
  // The halves of 230.4 in two answers make no value.
  const std::vector<RegisterBlock> blocks{{Table::kInput, {52}, {0x4366}}, {Table::kInput, {53}, {0x6666}}};
  EXPECT_TRUE(rank({Table::kInput, {52}}, blocks, Decimal::parse("230.4")).empty());
}

TEST(ProbeRanking, TakesADocumentsNumberInEveryWayItMayBeMeant) {
  const auto plain = places_of(53, false, Table::kInput);
  ASSERT_EQ(plain.size(), 1U);
  EXPECT_EQ(plain[0].address, RegisterAddress{52});
  const auto modicon = places_of(40'053, false, Table::kInput);
  ASSERT_EQ(modicon.size(), 2U);
  EXPECT_EQ(modicon[0].address, RegisterAddress{40'052});
  EXPECT_EQ(modicon[1].address, RegisterAddress{52});
  EXPECT_EQ(modicon[1].table, Table::kHolding);
  EXPECT_EQ(places_of(300'053, false, Table::kHolding).at(0).table, Table::kInput);
  EXPECT_EQ(places_of(0x34, true, Table::kInput).at(0).address, RegisterAddress{52});
  EXPECT_TRUE(places_of(0, false, Table::kInput).empty());
  EXPECT_TRUE(places_of(65'536, true, Table::kInput).empty());
}

TEST(ProbeRanking, StaysWithinTheRegistersThereAre) {
  EXPECT_EQ(range_around({Table::kInput, {0}}), (meters::RegisterRange{Table::kInput, {0}, 5}));
  EXPECT_EQ(range_around({Table::kInput, {52}}), (meters::RegisterRange{Table::kInput, {51}, 6}));
  EXPECT_EQ(range_around({Table::kInput, {65'535}}), (meters::RegisterRange{Table::kInput, {65'534}, 2}));
}

}  // namespace
}  // namespace submeter::tool
