// SPDX-License-Identifier: Apache-2.0
// A small meter with known registers, for tests that need someone to answer.
#pragma once

#include <memory>
#include <vector>

#include "simulate/simulated_meter.h"
#include "submeter/check.h"

namespace submeter::test {

/// The same for ever.
class FixedLoad final : public simulate::Load {
 public:
  explicit FixedLoad(const simulate::LoadState& state) : state_(state) {}
  simulate::LoadState at(Duration) override { return state_; }

 private:
  simulate::LoadState state_;
};

/// 12.481 kW on one phase of 230 V with a power factor of one; 48211.36 kWh.
inline simulate::LoadState fixed_state() {
  simulate::LoadState state;
  state.supply.phase_count = 1;
  state.supply.phases[0] = {.power_mw = 12'481'000, .reactive_mvar = 0, .voltage_mv = 230'000};
  state.supply.phases[1].voltage_mv = 0;
  state.supply.phases[2].voltage_mv = 0;
  state.energy.import_kwh = Decimal(4'821'136, -2);
  return state;
}

/// Input registers: 0x0000 voltage (V), 0x0034 power (W), 0x0048 energy (kWh), all float32; and, far away,
/// 0x1000 frequency (uint16, 0.01 Hz).
inline meters::RegisterMap small_map() {
  meters::RegisterMap map;
  map.name = "small";
  const auto point = [](const char* name, std::uint16_t address, const char* unit) {
    meters::MapPoint made;
    made.name = name;
    made.address = RegisterAddress{address};
    made.unit = unit;
    return made;
  };
  map.points = {point("voltage_l1n_v", 0x0000, "V"), point("power_kw", 0x0034, "W"),
                point("energy_import_kwh", 0x0048, "kWh"), point("frequency_hz", 0x1000, "Hz")};
  map.points[3].type = meters::Type::kUint16;
  map.points[3].scale = Decimal(1, -2);
  return map;
}

inline simulate::SimulatedMeter small_meter(UnitId unit, const meters::RegisterMap& map = small_map()) {
  MeterOptions options;
  options.id = "meter-" + std::to_string(unit.value);
  options.unit = unit;
  std::vector<std::unique_ptr<simulate::Load>> loads;
  for (int i = 0; i < map.channels; ++i) loads.push_back(std::make_unique<FixedLoad>(fixed_state()));
  auto meter = simulate::SimulatedMeter::make(options, map, std::move(loads), Decimal{});
  SUBMETER_CHECK(meter.ok());
  return std::move(*meter);
}

}  // namespace submeter::test
