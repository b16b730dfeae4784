// SPDX-License-Identifier: Apache-2.0
// What goes wrong at a simulated meter, on purpose. Pure; the same seed gives the same misfortunes.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "submeter/time.h"

namespace submeter::simulate {

/// What can happen to the answer of one request.
enum class Fault : std::uint8_t {
  kSilent,
  kException,         ///< Instead of registers.
  kLate,              ///< After the time it would have taken and Faults::lateness.
  kTruncated,         ///< Breaks off in the middle.
  kOversized,         ///< Has bytes after its end.
  kPaused,            ///< Breaks in two pieces; the second comes later.
  kDuplicated,        ///< Comes twice in a row.
  kForeign,           ///< An answer of another unit comes first.
  kWrongUnit,         ///< The frame is sound, but in the name of another unit.
  kWrongFunction,     ///< Sound, but holding registers for input registers or the other way round.
  kWrongCount,        ///< Sound, with a register more or less.
  kWrongTransaction,  ///< Answers to a request that was never made.
  kBadCrc,            ///< Damaged on the way.
  kNoise,             ///< Random bytes come first.
};

/// What people call it, and on which lines it can happen.
struct FaultKind {
  Fault fault;
  std::string_view word;
  bool on_serial = true;
  bool on_tcp = true;
};

/// In the order of the enumeration.
inline constexpr std::array kFaultKinds = std::to_array<FaultKind>({
    {Fault::kSilent, "silent"},
    {Fault::kException, "exception"},
    {Fault::kLate, "late"},
    {Fault::kTruncated, "truncate"},
    {Fault::kOversized, "oversize"},
    {Fault::kPaused, "pause"},
    {Fault::kDuplicated, "duplicate"},
    {Fault::kForeign, "foreign"},
    {Fault::kWrongUnit, "unit"},
    {Fault::kWrongFunction, "function"},
    {Fault::kWrongCount, "count"},
    {Fault::kWrongTransaction, "transaction", false, true},
    {Fault::kBadCrc, "crc", true, false},
    {Fault::kNoise, "noise", true, false},
});

constexpr const FaultKind& kind_of(Fault fault) {
  return kFaultKinds[static_cast<std::size_t>(fault)];
}

struct Faults {
  bool dead = false;                     ///< Never answers.
  std::optional<Duration> turnaround{};  ///< How long the meter thinks; empty: as fast as its kind does.
  std::map<Fault, double> shares{};      ///< Of the requests, 0…1.
  std::uint8_t exception_code = 0x04;
  Duration lateness = std::chrono::milliseconds{600};
};

/// What happens to one request.
struct Fate {
  std::bitset<kFaultKinds.size()> faults;
  std::uint64_t random = 0;  ///< For what a fault leaves open: positions, bytes.
  bool has(Fault fault) const { return faults.test(static_cast<std::size_t>(fault)); }
};

class FaultDice {
 public:
  FaultDice(const Faults& faults, std::uint64_t seed) : faults_(faults), state_(seed) {}

  Fate next();
  /// From now on these, in the same run of luck.
  void change(const Faults& faults) { faults_ = faults; }
  const Faults& faults() const { return faults_; }

 private:
  std::uint64_t roll();

  Faults faults_;
  std::uint64_t state_;
};

}  // namespace submeter::simulate
