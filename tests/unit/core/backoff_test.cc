// SPDX-License-Identifier: Apache-2.0
#include "core/backoff.h"

#include <gtest/gtest.h>

namespace submeter::core {
namespace {

using namespace std::chrono_literals;

class ConstantRandom final : public Random {
 public:
  explicit ConstantRandom(std::uint64_t value) : value_(value) {}
  std::uint64_t next() override { return value_; }

 private:
  std::uint64_t value_;
};

// A value that is one less than a multiple of every span used here + 1 would be needed for an exact ceiling,
// so the ceiling is checked as a bound over many choices instead.
TEST(Backoff, StaysBetweenFirstAndADoublingCeiling) {
  for (std::uint64_t choice = 0; choice < 1000; ++choice) {
    ConstantRandom random(choice * 6'364'136'223'846'793'005ULL);
    Backoff backoff(random, 1s, 8s);
    for (const Duration ceiling : {1s, 2s, 4s, 8s, 8s, 8s}) {
      const Duration wait = backoff.next();
      EXPECT_GE(wait, 1s);
      EXPECT_LE(wait, ceiling);
    }
  }
}

TEST(Backoff, BeginsAnewAfterASuccess) {
  ConstantRandom random(~0ULL);
  Backoff backoff(random, 1s, 60s);
  for (int i = 0; i < 10; ++i) (void)backoff.next();
  backoff.reset();
  EXPECT_EQ(backoff.next(), 1s);
}

TEST(Jitter, OfNothingIsNothing) {
  ConstantRandom random(~0ULL);
  EXPECT_EQ(jitter(random, 0ns), 0ns);
  EXPECT_EQ(jitter(random, -5ns), 0ns);
}

}  // namespace
}  // namespace submeter::core
