// SPDX-License-Identifier: Apache-2.0
#include "tool/recognition.h"

#include <gtest/gtest.h>

#include <map>

namespace submeter::tool {
namespace {

using meters::MapPoint;
using meters::RegisterMap;
using meters::RegisterRange;
using meters::Table;
using meters::Type;

MapPoint point(const char* name, std::uint16_t address, const char* unit) {
  MapPoint made;
  made.name = name;
  made.address = {address};
  made.unit = unit;
  return made;
}

RegisterMap map_of(const char* name, std::uint16_t frequency, std::uint16_t voltage) {
  RegisterMap map;
  map.name = name;
  map.points = {point("frequency_hz", frequency, "Hz"), point("voltage_l1n_v", voltage, "V")};
  return map;
}

void identify_by(RegisterMap& map, std::uint16_t address, int number) {
  meters::Identify identify;
  identify.reg.table = Table::kHolding;
  identify.reg.address = {address};
  identify.reg.type = Type::kUint16;
  identify.numbers = {Decimal{number}};
  map.identify = identify;
}

using Words = std::vector<std::uint16_t>;
const Words k50Hz{0x4248, 0x0000};  // struct.pack('>f', 50.0)
const Words k230V{0x4366, 0x0000};  // 230.0
const Words k11kV{0x462B, 0xE000};  // 11000.0
const Words k700V{0x442F, 0x0000};  // 700.0

/// A meter as what its registers say; the others are refused.
struct Meter {
  std::map<RegisterRange, Words> registers;
  std::vector<RegisterRange> asked;

  std::vector<MapGuess> recognise(const std::vector<const RegisterMap*>& maps,
                                  const std::optional<SerialLine>& line = std::nullopt) {
    Recognition recognition(maps, line);
    for (auto range = recognition.next(); range; range = recognition.next()) {
      asked.push_back(*range);
      const auto words = registers.find(*range);
      if (words == registers.end()) {
        recognition.refused();
      } else {
        recognition.answered(words->second);
      }
    }
    return recognition.guesses();
  }
};

RegisterRange input(std::uint16_t address, std::uint16_t count) {
  return {Table::kInput, {address}, count};
}
RegisterRange holding(std::uint16_t address, std::uint16_t count) {
  return {Table::kHolding, {address}, count};
}

TEST(Recognition, BelievesWhatTheMeterSaysOfItself) {
  RegisterMap a = map_of("a", 70, 0);
  RegisterMap b = map_of("b", 70, 0);
  identify_by(a, 100, 1);
  identify_by(b, 100, 2);
  Meter meter{{{holding(100, 1), {2}}, {input(70, 2), k50Hz}, {input(0, 2), k230V}}, {}};
  const auto guesses = meter.recognise({&a, &b});
  ASSERT_EQ(guesses.size(), 1U);
  EXPECT_EQ(guesses[0].map, &b);
  EXPECT_TRUE(guesses[0].certain);
  EXPECT_EQ(guesses[0].evidence, "holding 40101 (1-based 101, PDU 100 = 0x0064) says 2, 50 Hz, 230 V");
}

TEST(Recognition, AsksARegisterOnceForAllMapsThatNameIt) {
  RegisterMap a = map_of("a", 70, 0);
  RegisterMap b = map_of("b", 70, 0);
  RegisterMap c = map_of("c", 70, 0);
  identify_by(a, 100, 1);
  identify_by(b, 100, 2);
  Meter meter{{{holding(100, 1), {9}}, {input(70, 2), k50Hz}, {input(0, 2), k230V}}, {}};
  const auto guesses = meter.recognise({&a, &b, &c});
  EXPECT_EQ(meter.asked, (std::vector<RegisterRange>{holding(100, 1), input(70, 2), input(0, 2)}));
  ASSERT_EQ(guesses.size(), 1U);  // a and b would have said 1 or 2
  EXPECT_EQ(guesses[0].map, &c);
}

TEST(Recognition, CallsAMapOnlyPlausibleWhoseValuesLookLikeMains) {
  const RegisterMap a = map_of("a", 70, 0);
  const RegisterMap b = map_of("b", 72, 0);
  Meter meter{{{input(70, 2), k50Hz}, {input(72, 2), k230V}, {input(0, 2), k230V}}, {}};
  const auto guesses = meter.recognise({&a, &b});
  ASSERT_EQ(guesses.size(), 1U);
  EXPECT_EQ(guesses[0].map, &a);
  EXPECT_FALSE(guesses[0].certain);
  EXPECT_EQ(guesses[0].evidence, "50 Hz, 230 V");
}

TEST(Recognition, TakesKilovoltsForAVoltageBehindTransformersAndNotWhatIsBetween) {
  const RegisterMap map = map_of("a", 70, 0);
  Meter medium_voltage{{{input(70, 2), k50Hz}, {input(0, 2), k11kV}}, {}};
  EXPECT_EQ(medium_voltage.recognise({&map}).size(), 1U);
  Meter nonsense{{{input(70, 2), k50Hz}, {input(0, 2), k700V}}, {}};
  EXPECT_TRUE(nonsense.recognise({&map}).empty());
}

TEST(Recognition, NamesNothingWhereTheMeterRefusesWhatMapsNeed) {
  const RegisterMap map = map_of("a", 70, 0);
  Meter meter;
  EXPECT_TRUE(meter.recognise({&map}).empty());
  EXPECT_EQ(meter.asked.size(), 1U);
}

TEST(Recognition, PutsMapsFirstThatAreDeliveredWithTheSettingsOfTheLine) {
  RegisterMap a = map_of("a", 70, 0);
  RegisterMap b = map_of("b", 70, 0);
  b.serial = SerialLine{.device = {}, .baud = 19'200, .parity = Parity::kOdd};
  Meter meter{{{input(70, 2), k50Hz}, {input(0, 2), k230V}}, {}};
  const auto guesses = meter.recognise({&a, &b}, b.serial);
  ASSERT_EQ(guesses.size(), 2U);
  EXPECT_EQ(guesses[0].map, &b);
}

TEST(Recognition, LeavesASilentMeterAlone) {
  std::vector<RegisterMap> maps;
  for (std::uint16_t i = 0; i < 10; ++i) maps.push_back(map_of("m", static_cast<std::uint16_t>(10 * i), 500));
  std::vector<const RegisterMap*> pointers;
  for (const RegisterMap& map : maps) pointers.push_back(&map);
  Recognition recognition(pointers, std::nullopt);
  std::size_t questions = 0;
  for (; recognition.next(); ++questions) recognition.silent();
  EXPECT_EQ(questions, Recognition::kMostSilent);
}

TEST(Recognition, EndsAfterAsManyQuestionsAsItMayAsk) {
  std::vector<RegisterMap> maps;
  for (std::uint16_t i = 0; i < 2 * Recognition::kMostQuestions; ++i) {
    maps.push_back(map_of("m", 0, 0));
    identify_by(maps.back(), i, 1);
  }
  std::vector<const RegisterMap*> pointers;
  for (const RegisterMap& map : maps) pointers.push_back(&map);
  Meter meter;
  meter.recognise(pointers);
  EXPECT_EQ(meter.asked.size(), Recognition::kMostQuestions);
}

}  // namespace
}  // namespace submeter::tool
