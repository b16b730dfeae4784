// SPDX-License-Identifier: Apache-2.0
#include "meters/identification.h"

#include <gtest/gtest.h>

#include <vector>

namespace submeter::meters {
namespace {

using Words = std::vector<std::uint16_t>;

Identify number(Type type, std::vector<Decimal> numbers) {
  Identify identify;
  identify.reg.type = type;
  identify.numbers = std::move(numbers);
  return identify;
}

Identify text(std::vector<std::string> texts) {
  Identify identify;
  identify.reg.type = Type::kString;
  identify.reg.length = 4;
  identify.texts = std::move(texts);
  return identify;
}

CtCheck check_of(CtCheck::Gives gives) {
  CtCheck check;
  check.reg.type = Type::kUint16;
  check.gives = gives;
  return check;
}

TransformerRatio ct(std::int64_t primary, std::int64_t secondary) {
  return {Decimal(primary), Decimal(secondary), AppliedBy::kMeter};
}

TEST(Identification, IsByAnyOfTheNumbers) {
  const Identify identify = number(Type::kUint16, {Decimal(0x70), Decimal(0x71)});
  EXPECT_TRUE(identifies(identify, Words{0x70}));
  EXPECT_TRUE(identifies(identify, Words{0x71}));
  EXPECT_FALSE(identifies(identify, Words{0x72}));
  EXPECT_EQ(identity_text(identify, Words{0x72}), "114");
}

TEST(Identification, LooksAtTheBitsOfTheMaskOnly) {
  Identify identify = number(Type::kUint16, {Decimal(0x12)});
  identify.reg.mask = 0x0FF0;
  EXPECT_TRUE(identifies(identify, Words{0xA12B}));
  EXPECT_FALSE(identifies(identify, Words{0xA13B}));
}

TEST(Identification, TakesARegisterWithoutANumberForAnotherMeter) {
  const Identify identify = number(Type::kBcd16, {Decimal(15)});
  EXPECT_TRUE(identifies(identify, Words{0x0015}));
  EXPECT_FALSE(identifies(identify, Words{0x000F}));
  EXPECT_EQ(identity_text(identify, Words{0xFFFF}), "nothing");
}

// "PM5110  ": ASCII by two.
TEST(Identification, ComparesTextsWithoutSpacesAndZerosAroundThem) {
  EXPECT_TRUE(identifies(text({"PM5320", "PM5110"}), Words{0x504D, 0x3531, 0x3130, 0x2020}));
  EXPECT_TRUE(identifies(text({"PM5110"}), Words{0x504D, 0x3531, 0x3130, 0x0000}));
  EXPECT_FALSE(identifies(text({"PM511"}), Words{0x504D, 0x3531, 0x3130, 0x0000}));
  EXPECT_EQ(identity_text(text({"X"}), Words{0x504D, 0x3531, 0x3130, 0x2020}), "'PM5110'");
}

TEST(Identification, TakesAStarForAnyEnd) {
  EXPECT_TRUE(identifies(text({"PM51*"}), Words{0x504D, 0x3531, 0x3130, 0x0000}));
  EXPECT_TRUE(identifies(text({"PM5110*"}), Words{0x504D, 0x3531, 0x3130, 0x0000}));
  EXPECT_FALSE(identifies(text({"PM53*"}), Words{0x504D, 0x3531, 0x3130, 0x0000}));
}

TEST(Identification, TakesNoTextForAnotherMeterEvenWhereAnyTextWouldDo) {
  EXPECT_FALSE(identifies(text({"*"}), Words{0, 0, 0, 0}));
  EXPECT_FALSE(identifies(text({"*"}), Words{0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF}));
  EXPECT_EQ(identity_text(text({"X"}), Words{0, 0, 0, 0}), "nothing");
}

TEST(Identification, GivesASimulatedMeterTheWordsThatIdentifyIt) {
  Identify masked = number(Type::kUint32, {Decimal(0x5A)});
  masked.reg.mask = 0xFF00;
  EXPECT_EQ(identity_words(masked), (Words{0x0000, 0x5A00}));
  EXPECT_EQ(identity_words(text({"PM51*"})), (Words{0x504D, 0x3531, 0, 0}));
}

TEST(ProgrammedCt, IsPrimaryAndSecondaryAsTheMeterScalesThem) {
  CtCheck check = check_of(CtCheck::Gives::kPrimary);
  check.reg.scale = Decimal(1, -1);
  check.secondary = MapPoint{};
  check.secondary->type = Type::kUint16;
  const auto programmed = programmed_ct(check, Words{4000}, Words{5});
  ASSERT_TRUE(programmed.has_value());
  EXPECT_EQ(programmed->to_string(), "400:5");
  EXPECT_EQ(ct_contradiction(*programmed, ct(400, 5)), std::nullopt);
  EXPECT_EQ(ct_contradiction(*programmed, ct(200, 5)), "meter is programmed 400:5, config says 200:5");
  EXPECT_EQ(ct_contradiction(*programmed, ct(400, 1)), "meter is programmed 400:5, config says 400:1");
}

TEST(ProgrammedCt, IsHeldAgainstThePrimaryAloneWhereTheMeterSaysNoMore) {
  const auto programmed = programmed_ct(check_of(CtCheck::Gives::kPrimary), Words{400});
  ASSERT_TRUE(programmed.has_value());
  EXPECT_EQ(ct_contradiction(*programmed, ct(400, 1)), std::nullopt);
  EXPECT_EQ(ct_contradiction(*programmed, ct(200, 5)), "meter is programmed 400 A, config says 200:5");
}

TEST(ProgrammedCt, IsARatioWhereTheMeterSaysOne) {
  const auto programmed = programmed_ct(check_of(CtCheck::Gives::kRatio), Words{80});
  ASSERT_TRUE(programmed.has_value());
  EXPECT_EQ(ct_contradiction(*programmed, ct(400, 5)), std::nullopt);
  EXPECT_EQ(ct_contradiction(*programmed, ct(80, 1)), std::nullopt);
  EXPECT_EQ(ct_contradiction(*programmed, ct(200, 5)), "meter is programmed 80:1, config says 200:5");
}

TEST(ProgrammedCt, IsUnknownWhereTheRegistersHoldNoTransformer) {
  CtCheck check = check_of(CtCheck::Gives::kPrimary);
  EXPECT_EQ(programmed_ct(check, Words{0}), std::nullopt);
  check.reg.type = Type::kFloat32;
  EXPECT_EQ(programmed_ct(check, Words{0x7FC0, 0}), std::nullopt);
  check.secondary = check.reg;
  EXPECT_EQ(programmed_ct(check, Words{0x43C8, 0}, Words{0, 0}), std::nullopt);  // 400.0, 0.0
}

}  // namespace
}  // namespace submeter::meters
