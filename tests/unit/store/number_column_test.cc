// SPDX-License-Identifier: Apache-2.0
#include "store/number_column.h"

#include <gtest/gtest.h>

#include "store/turns.h"

namespace submeter::store {
namespace {

using Numbers = std::vector<std::int64_t>;

std::vector<bool> starts_every(std::size_t rows, std::size_t length) {
  std::vector<bool> starts(rows);
  for (std::size_t row = 0; row < rows; ++row) starts[row] = row % length == 0;
  return starts;
}

std::vector<std::uint8_t> written(const Numbers& numbers, const std::vector<bool>& starts, NumberForm form) {
  BitWriter out;
  NumberWriter writer(form, out);
  for (std::size_t row = 0; row < numbers.size(); ++row) writer.put(numbers[row], starts[row]);
  writer.finish();
  return out.finish();
}

void expect_read_back(const Numbers& numbers, const std::vector<bool>& starts) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::optional<NumberForm> form = NumberForm::from_byte(static_cast<std::uint8_t>(byte));
    if (!form) continue;
    const std::vector<std::uint8_t> bytes = written(numbers, starts, *form);
    BitReader bits(bytes);
    NumberReader reader(*form, bits);
    for (std::size_t row = 0; row < numbers.size(); ++row) {
      ASSERT_EQ(reader.next(starts[row]), numbers[row]) << "row " << row << ", form " << byte;
    }
    EXPECT_TRUE(bits.at_end()) << byte;
  }
}

/// From a few bits to 64, with runs.
Numbers random_numbers(std::size_t count, std::uint64_t seed) {
  Numbers numbers;
  while (numbers.size() < count) {
    seed = seed * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    const auto value = static_cast<std::int64_t>(seed) >> ((seed >> 20U) % 64);
    numbers.insert(numbers.end(), (seed >> 8U) % 4 == 0 ? (seed >> 12U) % 40 + 1 : 1, value);
  }
  numbers.resize(count);
  return numbers;
}

TEST(NumberColumn, ReadsBackAnyNumbersInAnyForm) {
  expect_read_back({}, {});
  expect_read_back({0}, {true});
  expect_read_back({7}, {false});
  expect_read_back({INT64_MIN, INT64_MAX, INT64_MIN, 0, -1, INT64_MAX, INT64_MAX}, std::vector<bool>(7));
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    expect_read_back(random_numbers(500, seed), starts_every(500, 1 + seed * 3));
  }
}

TEST(NumberColumn, FailsWhenItsBitsEnd) {
  const Numbers numbers = random_numbers(100, 1);
  const std::vector<bool> starts = starts_every(100, 9);
  const NumberForm form = choose_form(numbers, starts).form;
  const std::vector<std::uint8_t> bytes = written(numbers, starts, form);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const std::span<const std::uint8_t> whole(bytes);
    BitReader bits(whole.first(length));
    NumberReader reader(form, bits);
    for (std::size_t row = 0; row < numbers.size(); ++row) (void)reader.next(starts[row]);
    EXPECT_FALSE(bits.at_end()) << length;
  }
}

TEST(NumberColumn, TakesHardlyABitWhereEveryStepIsTheSame) {
  Numbers numbers;
  for (std::int64_t row = 0; row < 1000; ++row) numbers.push_back(1'795'212'900'000 + row * 5000);
  const std::vector<bool> starts = starts_every(1000, 1000);
  EXPECT_LT(written(numbers, starts, choose_form(numbers, starts).form).size(), 30U);
}

TEST(NumberColumn, RidesOutNoise) {
  Numbers numbers;
  for (const std::int64_t value : random_numbers(1000, 3)) numbers.push_back(2300 + (value & 7));
  const std::vector<bool> starts = starts_every(1000, 1000);
  // 3 bits are the noise; what repeats the last number would take one more.
  EXPECT_LT(written(numbers, starts, choose_form(numbers, starts).form).size(), 1000U * 37 / 80);
}

TEST(NumberColumn, HasNoOtherForms) {
  EXPECT_EQ(NumberForm::from_byte(0x7F), std::nullopt);
  EXPECT_EQ(NumberForm::from_byte(0xFF), std::nullopt);
}

TEST(Turns, TellWhoComesNext) {
  Turns told;
  Turns followed;
  const std::vector<std::uint32_t> series{0, 1, 2, 0, 1, 2, 1, 3, 0, 0, 2};
  // New ones, then each the one that waited longest; 1 before 0 and 2; 3 is new; 0 twice; 2 waited longest
  // but for 1…
  const Numbers expected{1, 1, 1, 0, 0, 0, 2, 1, 0, 4, 0};
  for (std::size_t i = 0; i < series.size(); ++i) {
    const std::int64_t turn = told.tell(series[i]);
    EXPECT_EQ(turn, expected[i]) << i;
    EXPECT_EQ(followed.follow(turn), series[i]) << i;
  }
  EXPECT_EQ(followed.known(), 4U);
}

TEST(Turns, FollowNobodyWhoIsNotThere) {
  Turns turns;
  EXPECT_EQ(turns.follow(0), std::nullopt);
  EXPECT_EQ(turns.follow(2), std::nullopt);
  EXPECT_EQ(turns.follow(-1), std::nullopt);
  EXPECT_EQ(turns.follow(1), 0U);
  EXPECT_EQ(turns.follow(3), std::nullopt);
  EXPECT_EQ(turns.follow(INT64_MIN), std::nullopt);
}

}  // namespace
}  // namespace submeter::store
