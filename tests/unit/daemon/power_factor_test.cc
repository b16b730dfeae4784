// SPDX-License-Identifier: Apache-2.0
// Power factor and quadrant from registers to record: four quadrants, five encodings, meters that count
// import or export as positive, and a current transformer the wrong way round.
//
// 8 kW and 6 kvar are 10 kVA, so the power factor is 0.8. Quadrants as in IEC 62053-23: 1 import and
// inductive, 2 export and inductive, 3 export and capacitive, 4 import and capacitive. Current lags where P
// and Q have the same sign.
#include <gtest/gtest.h>

#include <string>

#include "poll/circuit_reading.h"
#include "records/recorder.h"

namespace submeter {
namespace {

using meters::PfEncoding;

/// What a meter with `encoding` holds in its power factor register, in thousandths (percent: tenths).
struct PfRow {
  const char* name;
  PfEncoding encoding;
  const char* scale;
  int quadrant[4];     ///< Of a meter that counts import as positive.
  bool follows_power;  ///< The sign turns round in a meter that counts export as positive.
};

// Schneider DOCA0005EN: where current leads the register is mirrored at ±1: 2 − 0.8 = 1.2, −2 + 0.8 = −1.2.
constexpr PfRow kRows[] = {
    {"iec", PfEncoding::kIec, "0.001", {800, -800, -800, 800}, true},
    {"ieee", PfEncoding::kIeee, "0.001", {-800, 800, -800, 800}, false},
    {"unsigned", PfEncoding::kUnsigned, "0.001", {800, 800, 800, 800}, false},
    {"schneider_4q", PfEncoding::kSchneider4q, "0.001", {800, -1200, -800, 1200}, true},
    {"percent", PfEncoding::kPercent, "0.1", {800, -800, -800, 800}, true},
};
constexpr int kWatts[] = {8000, -8000, -8000, 8000};
constexpr int kVars[] = {6000, 6000, -6000, -6000};
constexpr const char* kPublished[] = {
    R"("power_kw":8.0,"reactive_power_kvar":6.0,"pf":0.8,"quadrant":1})",
    R"("power_kw":-8.0,"reactive_power_kvar":6.0,"pf":-0.8,"quadrant":2})",
    R"("power_kw":-8.0,"reactive_power_kvar":-6.0,"pf":-0.8,"quadrant":3})",
    R"("power_kw":8.0,"reactive_power_kvar":-6.0,"pf":0.8,"quadrant":4})",
};

meters::MapPoint int16_point(const char* name, std::uint16_t address, const char* unit, const char* scale,
                             bool export_is_positive) {
  meters::MapPoint point;
  point.name = name;
  point.address = {address};
  point.type = meters::Type::kInt16;
  point.unit = unit;
  point.scale = Decimal::parse(scale).value();
  if (export_is_positive) point.scale = point.scale.negated();
  return point;
}

/// A map writes a meter that counts export as positive with negative scales.
meters::RegisterMap map_of(const PfRow& row, bool export_is_positive) {
  meters::RegisterMap map;
  map.name = "pf";
  map.points = {int16_point("power_kw", 0, "W", "1", export_is_positive),
                int16_point("reactive_power_kvar", 1, "var", "1", export_is_positive),
                int16_point("pf", 2, "", row.scale, export_is_positive && row.follows_power)};
  map.points[2].encoding = row.encoding;
  return map;
}

std::string record_of(const meters::RegisterMap& map, const std::optional<TransformerRatio>& ct,
                      const std::vector<int>& registers) {
  poll::MeterPlan meter;
  meter.circuits = {{"c", {}}};
  poll::DueCircuit due;
  for (const meters::MapPoint& point : map.points) {
    due.points.push_back(meter.circuits[0].points.size());
    meter.circuits[0].points.push_back({meters::bind_point(map, point.name, 1, ct, {}).value(), {}});
  }
  poll::Collected collected;
  collected.blocks.push_back({.range = {meters::Table::kInput, {0}, 3}, .registers = {}});
  for (const int value : registers)
    collected.blocks[0].registers.push_back(static_cast<std::uint16_t>(value));
  Sample sample;
  sample.reading = poll::make_reading(meter, due, collected);
  const std::string json = records::sample_json(sample, {}, "", Sequence{1});
  return json.substr(json.find(R"("power_kw")"));
}

TEST(PowerFactor, IsPublishedWithTheSignOfPowerAndItsQuadrantWhateverTheMeterHolds) {
  for (const PfRow& row : kRows) {
    for (const bool export_is_positive : {false, true}) {
      const int sign = export_is_positive ? -1 : 1;
      for (int i = 0; i < 4; ++i) {
        const int pf = row.follows_power ? sign * row.quadrant[i] : row.quadrant[i];
        EXPECT_EQ(record_of(map_of(row, export_is_positive), {}, {sign * kWatts[i], sign * kVars[i], pf}),
                  kPublished[i])
            << row.name << (export_is_positive ? ", export is positive" : "");
      }
    }
  }
}

TEST(PowerFactor, TurnsRoundOnceWithAReversedCurrentTransformer) {
  const TransformerRatio reversed{Decimal(400), Decimal(5), AppliedBy::kMeter, true};
  constexpr int kOpposite[] = {2, 3, 0, 1};  // what the meter sees: quadrant 1 as 3, 2 as 4
  for (const PfRow& row : kRows) {
    for (int i = 0; i < 4; ++i) {
      const int seen = kOpposite[i];
      EXPECT_EQ(record_of(map_of(row, false), reversed, {kWatts[seen], kVars[seen], row.quadrant[seen]}),
                kPublished[i])
          << row.name;
    }
  }
}

}  // namespace
}  // namespace submeter
