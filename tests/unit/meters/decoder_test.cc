// SPDX-License-Identifier: Apache-2.0
#include "meters/decoder.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace submeter::meters {
namespace {

using Words = std::vector<std::uint16_t>;

BoundPoint bound(Type type, std::string_view factor = "1", std::string_view offset = "0") {
  BoundPoint point;
  point.point.type = type;
  point.factor = Decimal::parse(factor).value();
  point.offset = Decimal::parse(offset).value();
  return point;
}

BoundPoint power_factor(PfEncoding encoding) {
  BoundPoint point = bound(Type::kFloat32);
  point.quantity = Quantity::kPowerFactor;
  point.point.encoding = encoding;
  return point;
}

std::string decoded(const BoundPoint& point, const Words& words) {
  const Decoded result = decode(point, words);
  switch (result.status) {
    case Decoded::Status::kValue:
      return result.value.to_string();
    case Decoded::Status::kInvalid:
      return "none";
    case Decoded::Status::kOutOfRange:
      break;
  }
  return "out_of_range";
}

Words encoded(const BoundPoint& point, std::string_view text) {
  return encode(point, Decimal::parse(text).value());
}

const std::map<std::string, Type> kTypes = {
    {"int16", Type::kInt16},       {"uint16", Type::kUint16},     {"int32", Type::kInt32},
    {"uint32", Type::kUint32},     {"int64", Type::kInt64},       {"uint64", Type::kUint64},
    {"float32", Type::kFloat32},   {"float64", Type::kFloat64},   {"bcd16", Type::kBcd16},
    {"bcd32", Type::kBcd32},       {"mod10k32", Type::kMod10k32}, {"mod10k48", Type::kMod10k48},
    {"mod10k64", Type::kMod10k64}, {"bits", Type::kBits}};
const std::map<std::string, WordOrder> kOrders = {{"ABCD", WordOrder::kABCD},
                                                  {"CDAB", WordOrder::kCDAB},
                                                  {"BADC", WordOrder::kBADC},
                                                  {"DCBA", WordOrder::kDCBA}};

struct Row {
  std::string line;
  BoundPoint point;
  Words words;
  std::string value;
};

/// type_table.txt, which type_table.py makes with Python's struct.
std::vector<Row> type_table() {
  std::vector<Row> rows;
  std::ifstream file(SUBMETER_SOURCE_DIR "/tests/unit/meters/type_table.txt");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream fields(line);
    std::string type;
    std::string order;
    std::string words;
    Row row{.line = line, .point = {}, .words = {}, .value = {}};
    fields >> type >> order >> words >> row.value;
    row.point = bound(kTypes.at(type));
    row.point.point.order = kOrders.at(order);
    std::istringstream list(words);
    for (std::string word; std::getline(list, word, ',');) {
      row.words.push_back(static_cast<std::uint16_t>(std::stoul(word, nullptr, 16)));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

TEST(Decoder, ReadsEveryTypeInEveryWordOrder) {
  std::set<std::pair<Type, WordOrder>> seen;
  for (const Row& row : type_table()) {
    EXPECT_EQ(decoded(row.point, row.words), row.value) << row.line;
    seen.emplace(row.point.point.type, row.point.point.order);
  }
  EXPECT_EQ(seen.size(), kTypes.size() * kOrders.size());
}

TEST(Decoder, EncodesEveryTypeInEveryWordOrder) {
  for (const Row& row : type_table()) {
    const bool minus_zero = row.value == "0.0" && row.words != Words(row.words.size());
    if (minus_zero || !Decimal::parse(row.value)) continue;
    EXPECT_EQ(encoded(row.point, row.value), row.words) << row.line;
  }
}

TEST(Decoder, ReadsTheEndsOfEveryIntegerType) {
  EXPECT_EQ(decoded(bound(Type::kInt16), {0x8000}), "-32768.0");
  EXPECT_EQ(decoded(bound(Type::kInt16), {0x7FFF}), "32767.0");
  EXPECT_EQ(decoded(bound(Type::kUint16), {0xFFFF}), "65535.0");
  EXPECT_EQ(decoded(bound(Type::kInt32), {0x8000, 0}), "-2147483648.0");
  EXPECT_EQ(decoded(bound(Type::kInt32), {0xFFFF, 0xFFFF}), "-1.0");
  EXPECT_EQ(decoded(bound(Type::kUint32), {0xFFFF, 0xFFFF}), "4294967295.0");
  EXPECT_EQ(decoded(bound(Type::kInt64), {0x8000, 0, 0, 1}), "-9223372036854775807.0");
  EXPECT_EQ(decoded(bound(Type::kUint64), {0x7FFF, 0xFFFF, 0xFFFF, 0xFFFF}), "9223372036854775807.0");
  EXPECT_EQ(decoded(bound(Type::kUint64), {0x8000, 0, 0, 0}), "out_of_range");
}

TEST(Decoder, ScalesIntegersExactly) {
  EXPECT_EQ(decoded(bound(Type::kUint64, "0.01"), {0, 0, 0x0049, 0x9080}), "48211.2");
  EXPECT_EQ(decoded(bound(Type::kUint32, "0.01"), {0x0049, 0x9090}), "48211.36");
  EXPECT_EQ(decoded(bound(Type::kInt16, "0.1", "-40"), {0x00FA}), "-15.0");
  EXPECT_EQ(decoded(bound(Type::kInt32, "0.00001"), {0xFFFF, 0xFFFF}), "-0.00001");
}

// A float is the shortest decimal that reads back as it: 0x46430400 is 12481, 0x473C535C the float nearest
// 48211.36.
TEST(Decoder, ScalesTheShortestDecimalOfAFloatExactly) {
  EXPECT_EQ(decoded(bound(Type::kFloat32, "0.001"), {0x4643, 0x0400}), "12.481");
  EXPECT_EQ(decoded(bound(Type::kFloat32, "0.001"), {0x473C, 0x535C}), "48.21136");
  EXPECT_EQ(decoded(bound(Type::kFloat32), {0x8000, 0x0000}), "0.0");
}

TEST(Decoder, HasNoValueForNotANumberAndInfinities) {
  for (const Words& words : {Words{0x7FC0, 0}, Words{0xFFC0, 0}, Words{0xFFFF, 0xFFFF}, Words{0x7F80, 1},
                             Words{0x7F80, 0}, Words{0xFF80, 0}}) {
    EXPECT_EQ(decoded(bound(Type::kFloat32), words), "none");
  }
  EXPECT_EQ(decoded(bound(Type::kFloat64), {0x7FF8, 0, 0, 0}), "none");
  EXPECT_EQ(decoded(bound(Type::kFloat64), {0xFFF0, 0, 0, 0}), "none");
  // The largest finite float is a number all the same.
  EXPECT_EQ(decoded(bound(Type::kFloat32, "1e-31"), {0x7F7F, 0xFFFF}), "34028235.0");
}

TEST(Decoder, TellsASentinelFromAValueInAnyWordOrder) {
  BoundPoint point = bound(Type::kUint32);
  point.point.invalid = {0xFFFFFFFF, 0x80000000};
  EXPECT_EQ(decoded(point, {0xFFFF, 0xFFFF}), "none");
  EXPECT_EQ(decoded(point, {0x8000, 0x0000}), "none");
  EXPECT_EQ(decoded(point, {0xFFFF, 0xFFFE}), "4294967294.0");
  point.point.order = WordOrder::kCDAB;
  EXPECT_EQ(decoded(point, {0x0000, 0x8000}), "none");
  EXPECT_EQ(decoded(point, {0x8000, 0x0000}), "32768.0");
}

TEST(Decoder, SaysWhenADecimalCannotHoldTheNumber) {
  EXPECT_EQ(decoded(bound(Type::kFloat64), {0x7E37, 0xE43C, 0x8800, 0x759C}), "out_of_range");  // 1e300
  EXPECT_EQ(decoded(bound(Type::kUint16, "1e60"), {0x0005}), "5" + std::string(60, '0') + ".0");
  EXPECT_EQ(decoded(bound(Type::kUint16, "1e60"), {0x000A}), "out_of_range");
}

TEST(Decoder, TakesTheBitsOfAMaskMovedToTheLowest) {
  BoundPoint point = bound(Type::kUint16);
  point.point.mask = 0x0FF0;
  EXPECT_EQ(decoded(point, {0xA12B}), "18.0");
  point.point.mask = 0x8000;
  EXPECT_EQ(decoded(point, {0x8000}), "1.0");
  point = bound(Type::kUint64, "0.01");
  point.point.mask = 0xFFFF'FFFF'0000'0000;
  EXPECT_EQ(decoded(point, {0x0049, 0x9090, 0xFFFF, 0xFFFF}), "48211.36");
}

TEST(Decoder, HoldsSentinelsAgainstTheWholeRegister) {
  BoundPoint point = bound(Type::kUint16);
  point.point.mask = 0x00FF;
  point.point.invalid = {0xFFFF};
  EXPECT_EQ(decoded(point, {0xFFFF}), "none");
  EXPECT_EQ(decoded(point, {0x01FF}), "255.0");
}

TEST(Decoder, HasNoNumberForAString) {
  BoundPoint point = bound(Type::kString);
  point.point.length = 2;
  EXPECT_EQ(decoded(point, {0x3132, 0x3334}), "none");
}

/// A value at 100 and its scale at `scale_address`, both in one answer.
BoundPoint scaled_point(ScaleRegister::Gives gives, std::uint16_t scale_address, Type type = Type::kInt16) {
  BoundPoint point = bound(Type::kInt16);
  point.point.address = {100};
  point.point.scale_from = ScaleRegister{.address = {scale_address}, .type = type, .gives = gives};
  return point;
}

using Gives = ScaleRegister::Gives;

// SunSpec: W = 4821, W_SF = -2 is 48.21; the scale may stand before or behind the value, with others between.
TEST(Decoder, ScalesByAPowerOfTenFromTheSameAnswer) {
  EXPECT_EQ(decoded(scaled_point(Gives::kPowerOfTen, 101), {0x12D5, 0xFFFE}), "48.21");
  EXPECT_EQ(decoded(scaled_point(Gives::kPowerOfTen, 99), {0xFFFE, 0x12D5}), "48.21");
  EXPECT_EQ(decoded(scaled_point(Gives::kPowerOfTen, 103), {0xED2B, 7, 7, 0x0003}), "-4821000.0");
  EXPECT_EQ(decoded(scaled_point(Gives::kPowerOfTen, 101), {0x12D5, 0x0000}), "4821.0");
  BoundPoint swapped = scaled_point(Gives::kPowerOfTen, 101);
  swapped.point.order = WordOrder::kBADC;
  EXPECT_EQ(decoded(swapped, {0xD512, 0xFEFF}), "48.21");
}

TEST(Decoder, HasNoValueForAnExponentThatIsNoScale) {
  const BoundPoint point = scaled_point(Gives::kPowerOfTen, 101);
  EXPECT_EQ(decoded(point, {1, 10}), "10000000000.0");
  EXPECT_EQ(decoded(point, {1, 11}), "none");
  EXPECT_EQ(decoded(point, {1, 0xFFF6}), "0.0000000001");  // -10
  EXPECT_EQ(decoded(point, {1, 0xFFF5}), "none");          // -11
  EXPECT_EQ(decoded(point, {1, 0x8000}), "none");          // not implemented
}

TEST(Decoder, ScalesByAFactorOrADivisorThatIsAboveZero) {
  EXPECT_EQ(decoded(scaled_point(Gives::kFactor, 101, Type::kUint16), {0x12D5, 20}), "96420.0");
  EXPECT_EQ(decoded(scaled_point(Gives::kFactor, 101, Type::kFloat32), {0x12D5, 0x3DCC, 0xCCCD}), "482.1");
  EXPECT_EQ(decoded(scaled_point(Gives::kFactor, 101, Type::kFloat32), {0x12D5, 0x7FC0, 0}), "none");
  EXPECT_EQ(decoded(scaled_point(Gives::kDivisor, 101, Type::kUint16), {0x12D5, 100}), "48.21");
  EXPECT_EQ(decoded(scaled_point(Gives::kDivisor, 101, Type::kUint16), {0x12D5, 0}), "none");
  EXPECT_EQ(decoded(scaled_point(Gives::kFactor, 101, Type::kInt16), {0x12D5, 0xFFFF}), "none");
}

TEST(Encoder, UndoesMaskAndScaleRegister) {
  BoundPoint masked = bound(Type::kUint16);
  masked.point.mask = 0x0FF0;
  EXPECT_EQ(encoded(masked, "18"), Words{0x0120});
  EXPECT_EQ(encoded(masked, "256"), Words{0x0FF0});
  EXPECT_EQ(encode(scaled_point(Gives::kPowerOfTen, 101), Decimal(4821, -2), Decimal(-2)), Words{0x12D5});
  EXPECT_EQ(encode(scaled_point(Gives::kFactor, 101), Decimal(96420), Decimal(20)), Words{0x12D5});
  EXPECT_EQ(encode(scaled_point(Gives::kDivisor, 101), Decimal(4821, -2), Decimal(100)), Words{0x12D5});
}

TEST(Decoder, TakesAnIecPowerFactorAsItStands) {
  EXPECT_EQ(decoded(power_factor(PfEncoding::kIec), {0xBF78, 0x51EC}), "-0.97");
}

// Schneider Electric DOCA0005EN "Power factor register format": register 0…1 → itself, -1…0 → itself,
// -2…-1 → -2 - register, 1…2 → 2 - register. Words by struct.pack('>f', …).
TEST(Decoder, UnfoldsSchneidersFourQuadrantPowerFactor) {
  const BoundPoint pf = power_factor(PfEncoding::kSchneider4q);
  EXPECT_EQ(decoded(pf, {0x3F78, 0x51EC}), "0.97");          // 0.97
  EXPECT_EQ(decoded(pf, {0xBF59, 0x999A}), "-0.85");         // -0.85
  EXPECT_EQ(decoded(pf, {0x3F80, 0x0000}), "1.0");           // 1
  EXPECT_EQ(decoded(pf, {0xBF80, 0x0000}), "-1.0");          // -1
  EXPECT_EQ(decoded(pf, {0x3F93, 0x3333}), "0.85");          // 1.15
  EXPECT_EQ(decoded(pf, {0xBF93, 0x3333}), "-0.85");         // -1.15
  EXPECT_EQ(decoded(pf, {0x4000, 0x0000}), "0.0");           // 2
  EXPECT_EQ(decoded(pf, {0x4000, 0x0001}), "out_of_range");  // 2.0000002
  EXPECT_EQ(decoded(pf, {0xC040, 0x0000}), "out_of_range");  // -3
}

TEST(Decoder, GivesAnUnsignedPowerFactorTheSignOfPower) {
  const Decimal pf(97, -2);
  EXPECT_EQ(signed_power_factor(pf, Decimal(5)), pf);
  EXPECT_EQ(signed_power_factor(pf, Decimal()), pf);
  EXPECT_EQ(signed_power_factor(pf, Decimal(-5)), Decimal(-97, -2));
  EXPECT_EQ(signed_power_factor(Decimal(), Decimal(-5)), Decimal());
}

TEST(Encoder, RoundsToTheNearestRegisterHalfAwayFromZero) {
  const BoundPoint hundredths = bound(Type::kInt16, "0.01");
  EXPECT_EQ(encoded(hundredths, "1.234"), Words{123});
  EXPECT_EQ(encoded(hundredths, "1.235"), Words{124});
  EXPECT_EQ(encoded(hundredths, "-1.235"), Words{0xFF84});  // -124
  EXPECT_EQ(encoded(hundredths, "-1.234"), Words{0xFF85});  // -123
  EXPECT_EQ(encoded(hundredths, "0.0049"), Words{0});
  EXPECT_EQ(encoded(hundredths, "1e-50"), Words{0});
  EXPECT_EQ(encoded(bound(Type::kUint32, "0.001"), "1200"), (Words{0x0012, 0x4F80}));
}

TEST(Encoder, StopsAtTheLimitsOfTheType) {
  EXPECT_EQ(encoded(bound(Type::kUint16), "65536"), Words{0xFFFF});
  EXPECT_EQ(encoded(bound(Type::kUint16), "-1"), Words{0});
  EXPECT_EQ(encoded(bound(Type::kInt16), "1e60"), Words{0x7FFF});
  EXPECT_EQ(encoded(bound(Type::kInt16), "-32769"), Words{0x8000});
  EXPECT_EQ(encoded(bound(Type::kInt32), "-1e60"), (Words{0x8000, 0}));
  EXPECT_EQ(encoded(bound(Type::kUint64), "1e60"), (Words{0x7FFF, 0xFFFF, 0xFFFF, 0xFFFF}));
  EXPECT_EQ(encoded(bound(Type::kFloat32), "-1e60"), (Words{0xFF7F, 0xFFFF}));
}

TEST(Encoder, UndoesFactorOffsetAndSign) {
  EXPECT_EQ(encoded(bound(Type::kFloat32, "0.001"), "12.481"), (Words{0x4643, 0x0400}));
  EXPECT_EQ(encoded(bound(Type::kInt16, "0.1", "-40"), "-15"), Words{0x00FA});
  EXPECT_EQ(encoded(power_factor(PfEncoding::kUnsigned), "-0.97"), (Words{0x3F78, 0x51EC}));
  EXPECT_EQ(encoded(power_factor(PfEncoding::kSchneider4q), "-0.85"), (Words{0xBF59, 0x999A}));
}

}  // namespace
}  // namespace submeter::meters
