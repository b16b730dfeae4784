// SPDX-License-Identifier: Apache-2.0
#include "meters/decoder.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
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
      return "invalid";
    case Decoded::Status::kOutOfRange:
      break;
  }
  return "out of range";
}

Words encoded(const BoundPoint& point, std::string_view text) {
  return encode(point, Decimal::parse(text).value());
}

struct Row {
  Type type;
  WordOrder order;
  Words words;
  const char* value;
};

// Python: struct.pack('>h', -12345) and so on for '>H' '>i' '>I' '>q' '>Q' '>f' '>d', cut into words; CDAB
// reverses the words, BADC swaps the bytes of each, DCBA does both.
const Row kRows[] = {
    {Type::kInt16, WordOrder::kABCD, {0xCFC7}, "-12345.0"},
    {Type::kInt16, WordOrder::kCDAB, {0xCFC7}, "-12345.0"},
    {Type::kInt16, WordOrder::kBADC, {0xC7CF}, "-12345.0"},
    {Type::kInt16, WordOrder::kDCBA, {0xC7CF}, "-12345.0"},
    {Type::kUint16, WordOrder::kABCD, {0xD431}, "54321.0"},
    {Type::kUint16, WordOrder::kCDAB, {0xD431}, "54321.0"},
    {Type::kUint16, WordOrder::kBADC, {0x31D4}, "54321.0"},
    {Type::kUint16, WordOrder::kDCBA, {0x31D4}, "54321.0"},
    {Type::kInt32, WordOrder::kABCD, {0xF8A4, 0x32EB}, "-123456789.0"},
    {Type::kInt32, WordOrder::kCDAB, {0x32EB, 0xF8A4}, "-123456789.0"},
    {Type::kInt32, WordOrder::kBADC, {0xA4F8, 0xEB32}, "-123456789.0"},
    {Type::kInt32, WordOrder::kDCBA, {0xEB32, 0xA4F8}, "-123456789.0"},
    {Type::kUint32, WordOrder::kABCD, {0xDEAD, 0xBEEF}, "3735928559.0"},
    {Type::kUint32, WordOrder::kCDAB, {0xBEEF, 0xDEAD}, "3735928559.0"},
    {Type::kUint32, WordOrder::kBADC, {0xADDE, 0xEFBE}, "3735928559.0"},
    {Type::kUint32, WordOrder::kDCBA, {0xEFBE, 0xADDE}, "3735928559.0"},
    {Type::kInt64, WordOrder::kABCD, {0xEEDD, 0xEF0B, 0x8216, 0x7EEB}, "-1234567890123456789.0"},
    {Type::kInt64, WordOrder::kCDAB, {0x7EEB, 0x8216, 0xEF0B, 0xEEDD}, "-1234567890123456789.0"},
    {Type::kInt64, WordOrder::kBADC, {0xDDEE, 0x0BEF, 0x1682, 0xEB7E}, "-1234567890123456789.0"},
    {Type::kInt64, WordOrder::kDCBA, {0xEB7E, 0x1682, 0x0BEF, 0xDDEE}, "-1234567890123456789.0"},
    {Type::kUint64, WordOrder::kABCD, {0x1122, 0x10F4, 0x7DE9, 0x8115}, "1234567890123456789.0"},
    {Type::kUint64, WordOrder::kCDAB, {0x8115, 0x7DE9, 0x10F4, 0x1122}, "1234567890123456789.0"},
    {Type::kUint64, WordOrder::kBADC, {0x2211, 0xF410, 0xE97D, 0x1581}, "1234567890123456789.0"},
    {Type::kUint64, WordOrder::kDCBA, {0x1581, 0xE97D, 0xF410, 0x2211}, "1234567890123456789.0"},
    {Type::kFloat32, WordOrder::kABCD, {0x473C, 0x535C}, "48211.36"},
    {Type::kFloat32, WordOrder::kCDAB, {0x535C, 0x473C}, "48211.36"},
    {Type::kFloat32, WordOrder::kBADC, {0x3C47, 0x5C53}, "48211.36"},
    {Type::kFloat32, WordOrder::kDCBA, {0x5C53, 0x3C47}, "48211.36"},
    {Type::kFloat64, WordOrder::kABCD, {0x40E7, 0x8A6B, 0x851E, 0xB852}, "48211.36"},
    {Type::kFloat64, WordOrder::kCDAB, {0xB852, 0x851E, 0x8A6B, 0x40E7}, "48211.36"},
    {Type::kFloat64, WordOrder::kBADC, {0xE740, 0x6B8A, 0x1E85, 0x52B8}, "48211.36"},
    {Type::kFloat64, WordOrder::kDCBA, {0x52B8, 0x1E85, 0x6B8A, 0xE740}, "48211.36"},
};

TEST(Decoder, ReadsEveryTypeInEveryWordOrder) {
  for (const Row& row : kRows) {
    BoundPoint point = bound(row.type);
    point.point.order = row.order;
    EXPECT_EQ(decoded(point, row.words), row.value) << "order " << static_cast<int>(row.order);
  }
}

TEST(Decoder, EncodesEveryTypeInEveryWordOrder) {
  for (const Row& row : kRows) {
    BoundPoint point = bound(row.type);
    point.point.order = row.order;
    EXPECT_EQ(encoded(point, row.value), row.words) << row.value << " order " << static_cast<int>(row.order);
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
  EXPECT_EQ(decoded(bound(Type::kUint64), {0x8000, 0, 0, 0}), "out of range");
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
    EXPECT_EQ(decoded(bound(Type::kFloat32), words), "invalid");
  }
  EXPECT_EQ(decoded(bound(Type::kFloat64), {0x7FF8, 0, 0, 0}), "invalid");
  EXPECT_EQ(decoded(bound(Type::kFloat64), {0xFFF0, 0, 0, 0}), "invalid");
  // The largest finite float is a number all the same.
  EXPECT_EQ(decoded(bound(Type::kFloat32, "1e-31"), {0x7F7F, 0xFFFF}), "34028235.0");
}

TEST(Decoder, TellsASentinelFromAValueInAnyWordOrder) {
  BoundPoint point = bound(Type::kUint32);
  point.point.invalid = {0xFFFFFFFF, 0x80000000};
  EXPECT_EQ(decoded(point, {0xFFFF, 0xFFFF}), "invalid");
  EXPECT_EQ(decoded(point, {0x8000, 0x0000}), "invalid");
  EXPECT_EQ(decoded(point, {0xFFFF, 0xFFFE}), "4294967294.0");
  point.point.order = WordOrder::kCDAB;
  EXPECT_EQ(decoded(point, {0x0000, 0x8000}), "invalid");
  EXPECT_EQ(decoded(point, {0x8000, 0x0000}), "32768.0");
}

TEST(Decoder, SaysWhenADecimalCannotHoldTheNumber) {
  EXPECT_EQ(decoded(bound(Type::kFloat64), {0x7E37, 0xE43C, 0x8800, 0x759C}), "out of range");  // 1e300
  EXPECT_EQ(decoded(bound(Type::kUint16, "1e60"), {0x0005}), "5" + std::string(60, '0') + ".0");
  EXPECT_EQ(decoded(bound(Type::kUint16, "1e60"), {0x000A}), "out of range");
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
  EXPECT_EQ(decoded(pf, {0x4000, 0x0001}), "out of range");  // 2.0000002
  EXPECT_EQ(decoded(pf, {0xC040, 0x0000}), "out of range");  // -3
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
