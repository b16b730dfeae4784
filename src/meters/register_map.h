// SPDX-License-Identifier: Apache-2.0
// A meter as data: which register holds what. Made from YAML by config/map_loader.h. SPEC section 3.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "meters/points.h"
#include "submeter/decimal.h"
#include "submeter/ids.h"
#include "submeter/options.h"

namespace submeter::meters {

/// Which table of the meter a register is in; the value is the function code that reads it.
enum class Table : std::uint8_t { kHolding = 3, kInput = 4 };

enum class Type : std::uint8_t { kInt16, kUint16, kInt32, kUint32, kInt64, kUint64, kFloat32, kFloat64 };

/// How the bytes ABCD of a value lie in its registers. Of 64-bit values CDAB reverses the order of all words,
/// BADC swaps the bytes of each word, DCBA does both.
enum class WordOrder : std::uint8_t { kABCD, kCDAB, kBADC, kDCBA };

/// How a power factor register is to be read.
enum class PfEncoding : std::uint8_t {
  kIec,          ///< Signed, sign of active power.
  kUnsigned,     ///< 0…1; the sign is taken from the active power read with it, where there is one.
  kSchneider4q,  ///< −2…2: beyond ±1 the meter says "leading" by the distance to ±2.
};

/// Registers that `type` takes: 1, 2 or 4.
std::uint16_t width(Type type);

struct MapPoint {
  std::string name;
  Table table = Table::kInput;
  RegisterAddress address;  ///< Of channel 1.
  Type type = Type::kFloat32;
  WordOrder order = WordOrder::kABCD;
  std::string unit;  ///< What the meter speaks; empty: the published unit.
  Decimal scale{1};
  Decimal offset{0};  ///< In `unit`: what the meter means is raw × scale + offset.
  PfEncoding encoding = PfEncoding::kIec;
  std::vector<std::uint64_t> invalid;  ///< Raw values that mean "no value".
  std::optional<Decimal> modulus;      ///< Where a counter rolls over, in the published unit.
  bool operator==(const MapPoint&) const = default;
};

/// On which side of the transformers the registers count.
enum class ScaledSide : std::uint8_t { kPrimary, kSecondary };

struct ReadLimits {
  std::uint16_t max_registers = 125;
  std::optional<std::uint16_t> max_gap;  ///< Empty: by cost on the bus.
  bool gap_allowed = true;
  bool operator==(const ReadLimits&) const = default;
};

struct RegisterMap {
  std::string name;
  std::string maker;
  std::vector<std::string> models;
  std::string source;  ///< The maker's document the numbers were taken from.
  ScaledSide scaled = ScaledSide::kPrimary;
  ReadLimits limits;
  SerialLine serial;  ///< The maker's default; `device` is empty.
  int channels = 1;
  std::uint16_t channel_stride = 0;  ///< Registers from one channel to the next.
  std::vector<MapPoint> points;
  bool operator==(const RegisterMap&) const = default;

  const MapPoint* find(std::string_view point) const;
};

}  // namespace submeter::meters
