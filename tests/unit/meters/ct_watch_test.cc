// SPDX-License-Identifier: Apache-2.0
#include "meters/ct_watch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/unit/meters/normal_load.h"

namespace submeter::meters {
namespace {

using namespace std::chrono_literals;

WatchedCircuit behind_ct(int primary, int phases = 3) {
  WatchedCircuit circuit;
  circuit.phases = phases;
  circuit.ct = TransformerRatio{Decimal(primary), Decimal(5), AppliedBy::kGateway};
  return circuit;
}

/// A load that goes up and down by a fifth: 100 A a phase on average, 230 V, power factor 0.95.
struct Plant {
  explicit Plant(const WatchedCircuit& circuit, Duration every = 10s)
      : watch(circuit), phases(circuit.phases), interval(every) {}

  double kilowatts(int phase) const {
    return sign.at(static_cast<std::size_t>(phase)) * 0.23 * amperes * 0.95;
  }

  CircuitValues values() const {
    CircuitValues read;
    double sum = 0;
    for (int i = 0; i < phases; ++i) {
      const auto set = [&](Measured first, double value) {
        read.set(static_cast<Measured>(static_cast<int>(first) + i), value);
      };
      set(Measured::kVoltageL1N, 230 * voltage_factor);
      set(Measured::kCurrentL1, amperes * current_factor);
      if (per_phase) set(Measured::kPowerL1, kilowatts(i) * phase_factor);
      if (per_phase && with_pf) set(Measured::kPfL1, sign.at(static_cast<std::size_t>(i)) * 0.95);
      sum += kilowatts(i);
    }
    read.set(Measured::kPower, sum * power_factor);
    if (with_pf) read.set(Measured::kPf, 0.95);
    read.set(Measured::kImport, std::floor(counted_kwh * energy_factor / energy_step) * energy_step);
    return read;
  }

  /// The sign that begins or ends first within `span`, if any does.
  CtSigns run(Duration span) {
    CtSigns changed;
    for (const MonoTime end = now + span; now < end && changed.none();) {
      const auto seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
      amperes = level + level / 5 * std::sin(seconds / 600);
      for (int i = 0; i < phases; ++i)
        counted_kwh += kilowatts(i) * std::chrono::duration<double>(interval) / 1h;
      now += interval;
      changed = watch.observe(values(), now);
    }
    return changed;
  }

  CtWatch watch;
  int phases;
  Duration interval;
  MonoTime now{};
  double level = 100;
  double amperes = 100;
  double counted_kwh = 1000;
  double energy_step = 0.001;
  bool per_phase = false;
  bool with_pf = true;
  double power_factor = 1;
  double phase_factor = 1;
  double current_factor = 1;
  double voltage_factor = 1;
  double energy_factor = 1;
  std::array<double, 3> sign{1, 1, 1};
};

CtSigns only(CtSign sign) {
  return CtSigns{}.set(static_cast<std::size_t>(sign));
}

struct Mistake {
  double factor;
  const char* name;
};
constexpr Mistake kMistakes[] = {
    {80.0, "ct_twice"},         {1 / 80.0, "ct_not_applied"}, {10.0, "times_10"},     {0.1, "one_10th"},
    {100.0, "times_100"},       {0.01, "one_100th"},          {1000.0, "times_1000"}, {0.001, "one_1000th"},
    {1.7320508, "times_sqrt3"}, {0.57735027, "one_sqrt3rd"},  {3.0, "times_3"},       {1 / 3.0, "one_3rd"},
};

TEST(CtWatch, NamesTheFactorOfTheTotalPower) {
  for (const auto& [factor, name] : kMistakes) {
    Plant plant(behind_ct(400));
    plant.power_factor = factor;
    plant.energy_factor = factor;
    EXPECT_EQ(plant.run(2h), only(CtSign::kPowerBalance)) << name;
    EXPECT_EQ(plant.watch.name(CtSign::kPowerBalance), name);
  }
}

TEST(CtWatch, NamesTheFactorOfThePhasesPowers) {
  for (const auto& [factor, name] : kMistakes) {
    Plant plant(behind_ct(400));
    plant.per_phase = true;
    plant.power_factor = plant.phase_factor = plant.energy_factor = factor;
    EXPECT_EQ(plant.run(2h), only(CtSign::kPowerBalance)) << name;
    EXPECT_EQ(plant.watch.name(CtSign::kPowerBalance), name);
  }
}

TEST(CtWatch, NamesTheFactorOfTheTotalOverItsPhases) {
  for (const auto& [factor, name] : kMistakes) {
    Plant plant(behind_ct(400));
    plant.per_phase = true;
    plant.power_factor = plant.energy_factor = factor;
    EXPECT_EQ(plant.run(2h), only(CtSign::kPowerBalance)) << name;
    EXPECT_EQ(plant.watch.name(CtSign::kPowerBalance), name);
  }
}

TEST(CtWatch, NamesWhatMakesMorePowerThanVoltsTimesAmperesWithoutAPowerFactor) {
  for (const auto& [factor, name] : kMistakes) {
    Plant plant(behind_ct(400));
    plant.with_pf = false;
    plant.power_factor = plant.energy_factor = factor;
    const CtSigns found = plant.run(2h);
    EXPECT_EQ(found, factor > 1 ? only(CtSign::kPowerBalance) : CtSigns{}) << name;
    EXPECT_EQ(found.any() ? plant.watch.name(CtSign::kPowerBalance) : name, name);
  }
}

TEST(CtWatch, NamesTheFactorOfTheCurrentFromTheOtherSide) {
  Plant plant(behind_ct(400));
  plant.current_factor = 1 / 80.0;
  EXPECT_EQ(plant.run(1h), only(CtSign::kPowerBalance));
  EXPECT_EQ(plant.watch.name(CtSign::kPowerBalance), "ct_twice");
  EXPECT_NE(plant.watch.text(CtSign::kPowerBalance).find("applied twice to power, or not applied to current"),
            std::string::npos);
}

TEST(CtWatch, NamesThePotentialTransformer) {
  WatchedCircuit circuit = behind_ct(400);
  circuit.pt = TransformerRatio{Decimal(11000), Decimal(110), AppliedBy::kGateway};
  Plant plant(circuit);
  plant.voltage_factor = 100;
  EXPECT_EQ(plant.run(2h), only(CtSign::kPowerBalance));
  EXPECT_EQ(plant.watch.name(CtSign::kPowerBalance), "pt_not_applied");
}

TEST(CtWatch, NamesTheFactorOfTheEnergy) {
  for (const auto& [factor, name] : kMistakes) {
    Plant plant(behind_ct(400));
    plant.energy_factor = factor;
    EXPECT_EQ(plant.run(48h), only(CtSign::kEnergySlope)) << name;
    EXPECT_EQ(plant.watch.name(CtSign::kEnergySlope), name);
  }
}

TEST(CtWatch, SaysThatMorePowerThanPossibleHasNoUsualReason) {
  Plant plant(behind_ct(400));
  plant.power_factor = plant.energy_factor = 5.2;
  EXPECT_EQ(plant.run(1h), only(CtSign::kPowerBalance));
  EXPECT_EQ(plant.watch.name(CtSign::kPowerBalance), "unexplained");
}

TEST(CtWatch, TakesTenMinutesOfReadingsAndTenReadingsAtLeastToBeSure) {
  for (const Duration interval : {Duration(1s), Duration(10s), Duration(60s), Duration(15min)}) {
    Plant plant(behind_ct(400), interval);
    plant.power_factor = 80;
    EXPECT_EQ(plant.run(10min), CtSigns{});
    const auto needed = std::max<Duration>(10min, 10 * interval);
    EXPECT_EQ(plant.run(needed), only(CtSign::kPowerBalance));
    EXPECT_EQ(plant.now.time_since_epoch(), needed + interval);
  }
}

TEST(CtWatch, ForgetsASignThatWasAwayForTenMinutes) {
  Plant plant(behind_ct(400));
  plant.power_factor = plant.energy_factor = 10;
  ASSERT_EQ(plant.run(1h), only(CtSign::kPowerBalance));
  const MonoTime mended = plant.now;
  plant.power_factor = plant.energy_factor = 1;
  EXPECT_EQ(plant.run(1h), only(CtSign::kPowerBalance));
  EXPECT_EQ(plant.now - mended, 10min);
  EXPECT_FALSE(plant.watch.suspect());
}

TEST(CtWatch, LearnsNothingFromACircuitThatIsIdleOrSwitchedOff) {
  Plant plant(behind_ct(400));
  plant.power_factor = plant.energy_factor = 80;
  ASSERT_EQ(plant.run(1h), only(CtSign::kPowerBalance));
  plant.level = 0;
  EXPECT_EQ(plant.run(12h), CtSigns{});
  plant.voltage_factor = 0;
  EXPECT_EQ(plant.run(12h), CtSigns{});
  EXPECT_TRUE(plant.watch.suspect());
}

TEST(CtWatch, SeesTheSignThoughEveryFifthReadingWasDisturbed) {
  Plant plant(behind_ct(400));
  CtSigns found;
  for (int i = 0; i < 500; ++i) {
    plant.power_factor = i % 5 == 0 ? 37 : 80;
    found |= plant.run(10s);
  }
  EXPECT_EQ(found, only(CtSign::kPowerBalance));
  EXPECT_EQ(plant.watch.name(CtSign::kPowerBalance), "ct_twice");
}

TEST(CtWatch, DoesNotJudgeBelowTwoPercentOfTheTransformer) {
  Plant plant(behind_ct(6100));  // 2 % are 122 A
  plant.power_factor = plant.energy_factor = 0.1;
  EXPECT_EQ(plant.run(6h), CtSigns{});
}

TEST(CtWatch, TakesALowRatioThatDoesNotStayWhenTheLoadMovesForPhasesThatCancel) {
  // Import on two phases and export on the third, one vector meter: a third of the sum, by chance, for hours.
  CtWatch watch(behind_ct(400));
  MonoTime now{};
  for (int i = 0; i < 4000; ++i) {
    CircuitValues read;
    for (int phase = 0; phase < 3; ++phase) {
      read.set(static_cast<Measured>(static_cast<int>(Measured::kVoltageL1N) + phase), 230);
      read.set(static_cast<Measured>(static_cast<int>(Measured::kCurrentL1) + phase), 100);
    }
    read.set(Measured::kPower, 23);
    read.set(Measured::kPf, 1);
    EXPECT_EQ(watch.observe(read, now += 10s), CtSigns{});
  }
}

TEST(CtWatch, SeesMoreThanTwelveTenthsOfTheTransformersCurrent) {
  for (const auto& [primary, over] : {std::pair(101, false), std::pair(66, true)}) {  // 80…120 A flow
    Plant plant(behind_ct(primary));
    CtSigns found;
    for (int i = 0; i < 2000; ++i) found |= plant.run(10s);
    EXPECT_EQ(found, over ? only(CtSign::kOverCurrent) : CtSigns{}) << primary;
  }
}

TEST(CtWatch, HasNoLimitOfCurrentWithoutATransformer) {
  WatchedCircuit circuit;
  Plant plant(circuit);
  EXPECT_EQ(plant.run(3h), CtSigns{});
}

TEST(CtWatch, SeesOnePhaseTurnedRoundAndNamesIt) {
  for (std::size_t phase = 0; phase < 3; ++phase) {
    Plant plant(behind_ct(400));
    plant.per_phase = true;
    plant.sign.at(phase) = -1;
    EXPECT_EQ(plant.run(1h), only(CtSign::kTurnedPhase));
    EXPECT_EQ(plant.watch.name(CtSign::kTurnedPhase), "turned_phase");
    const std::string named = "power of L" + std::to_string(phase + 1) + " is -";
    EXPECT_TRUE(plant.watch.text(CtSign::kTurnedPhase).starts_with(named))
        << plant.watch.text(CtSign::kTurnedPhase);
  }
}

TEST(CtWatch, WaitsForANightWhereExportIsReadBeforeAPhaseIsCalledTurned) {
  WatchedCircuit circuit = behind_ct(400);
  circuit.reads_export = true;
  Plant plant(circuit);
  plant.per_phase = true;
  plant.sign = {-1, 1, 1};
  EXPECT_EQ(plant.run(23h), CtSigns{});
  EXPECT_EQ(plant.run(2h), only(CtSign::kTurnedPhase));
}

TEST(CtWatch, TakesAPhaseThatExportsByDayAndIsIdleByNightForOneWithSun) {
  WatchedCircuit circuit = behind_ct(400);
  circuit.reads_export = true;
  Plant plant(circuit, 60s);
  plant.per_phase = true;
  for (int day = 0; day < 7; ++day) {
    plant.sign = {-1, 1, 1};
    EXPECT_EQ(plant.run(10h), CtSigns{});
    plant.sign = {0, 1, 1};
    EXPECT_EQ(plant.run(14h), CtSigns{});
  }
}

TEST(CtWatch, DoesNotCallAnythingTurnedWhenAllPhasesExport) {
  Plant plant(behind_ct(400));
  plant.per_phase = true;
  plant.sign = {-1, -1, -1};
  EXPECT_EQ(plant.run(3h), CtSigns{});
}

TEST(CtWatch, SaysNothingOfAThousandNormalCircuits) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    test::NormalLoad load(seed);
    CtWatch watch(load.circuit);
    MonoTime now{};
    for (int i = 0; i < 1500; ++i) {
      const CtSigns found = watch.observe(load.next(now), now);
      for (std::size_t sign = 0; sign < kCtSigns; ++sign) {
        ASSERT_FALSE(found.test(sign)) << "seed " << seed << ": " << watch.text(static_cast<CtSign>(sign));
      }
    }
  }
}

TEST(CtWatch, IsSmallEnoughForTenThousandCircuits) {
  EXPECT_LE(sizeof(CtWatch), 768U);
}

}  // namespace
}  // namespace submeter::meters
