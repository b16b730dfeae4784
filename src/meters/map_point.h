// SPDX-License-Identifier: Apache-2.0
// One value of a register map: where it stands and what its registers mean. SPEC section 3.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "submeter/decimal.h"
#include "submeter/ids.h"

namespace submeter::meters {

/// Which table of the meter a register is in; the value is the function code that reads it.
enum class Table : std::uint8_t { kHolding = 3, kInput = 4 };

enum class Type : std::uint8_t {
  kInt16,
  kUint16,
  kInt32,
  kUint32,
  kInt64,
  kUint64,
  kFloat32,
  kFloat64,
  kBcd16,  ///< A decimal digit in every four bits.
  kBcd32,
  kMod10k32,  ///< Four decimal digits a register, as a number from 0 to 9999.
  kMod10k48,
  kMod10k64,
  kBits,    ///< Flags: an unsigned number without scale or unit.
  kString,  ///< Two characters a register; no number.
};

/// How the bytes ABCD of a value lie in its registers. Of three or four registers CDAB reverses the order of
/// all words, BADC swaps the bytes of each word, DCBA does both. The registers of a string always ascend.
enum class WordOrder : std::uint8_t { kABCD, kCDAB, kBADC, kDCBA };

/// How a power factor register is to be read. What is published has the sign of active power.
enum class PfEncoding : std::uint8_t {
  kIec,       ///< Signed, sign of active power.
  kIeee,      ///< Negative where current lags, positive where it leads: says nothing of active power's sign.
  kUnsigned,  ///< 0…1.
  kSchneider4q,  ///< −2…2: beyond ±1 the meter says "leading" by the distance to ±2.
  kPercent,      ///< As kIec, in hundredths.
};

/// The register has no sign of active power; it is taken from the power read with it, where there is one.
bool lacks_sign(PfEncoding encoding);

/// Registers that a number of `type` takes: 1 to 4. 0 of a string.
std::uint16_t width(Type type);

/// Consecutive registers of one table; never split over two answers.
struct RegisterRange {
  Table table = Table::kInput;
  RegisterAddress address;
  std::uint16_t count = 0;
  auto operator<=>(const RegisterRange&) const = default;
};

/// A register beside the value that says by what it is scaled. In the value's table and word order.
struct ScaleRegister {
  enum class Gives : std::uint8_t { kPowerOfTen, kFactor, kDivisor };
  RegisterAddress address;  ///< Of channel 1.
  Type type = Type::kInt16;
  Gives gives = Gives::kPowerOfTen;
  bool shared = false;  ///< One for all channels; else it moves with the value.
  bool operator==(const ScaleRegister&) const = default;
};

struct MapPoint {
  std::string name;
  Table table = Table::kInput;
  RegisterAddress address;  ///< Of channel 1.
  Type type = Type::kFloat32;
  std::uint16_t length = 0;  ///< Registers of a string.
  WordOrder order = WordOrder::kABCD;
  std::uint64_t mask = 0;  ///< Bits of the raw value that count, moved right to the lowest; 0: all.
  std::string unit;        ///< What the meter speaks; empty: the published unit.
  Decimal scale{1};
  Decimal offset{0};  ///< In `unit`: what the meter means is raw × scale + offset.
  PfEncoding encoding = PfEncoding::kIec;
  std::vector<std::uint64_t> invalid;  ///< Raw values that mean "no value".
  /// Where a counter rolls over: in the published unit; with `scale_from`, which moves it, as it counts.
  std::optional<Decimal> modulus;
  std::optional<ScaleRegister> scale_from;
  std::optional<std::uint16_t> stride;  ///< From channel to channel, where it is not the map's.
  bool operator==(const MapPoint&) const = default;

  /// Registers of the value alone.
  std::uint16_t width() const { return type == Type::kString ? length : meters::width(type); }
};

/// All that one answer has to bring: the value and, where it has one, its scale register.
RegisterRange range_of(const MapPoint& point);

}  // namespace submeter::meters
