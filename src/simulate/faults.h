// SPDX-License-Identifier: Apache-2.0
// What goes wrong at a simulated meter, on purpose. Pure; the same seed gives the same misfortunes.
#pragma once

#include <cstdint>
#include <optional>

#include "submeter/time.h"

namespace submeter::simulate {

/// Shares are of the requests, 0…1.
struct Faults {
  bool dead = false;                     ///< Never answers.
  std::optional<Duration> turnaround{};  ///< How long the meter thinks; empty: as fast as its kind does.
  double no_answer = 0.0;
  double bad_crc = 0.0;    ///< Serial lines only: damaged on the way.
  double truncated = 0.0;  ///< The answer breaks off in the middle.
  double exception = 0.0;
  std::uint8_t exception_code = 0x04;
};

/// What happens to one request.
struct Fate {
  bool silent = false;
  bool damaged = false;
  bool truncated = false;
  std::optional<std::uint8_t> exception_code;
};

class FaultDice {
 public:
  FaultDice(const Faults& faults, std::uint64_t seed) : faults_(faults), state_(seed) {}

  Fate next();
  const Faults& faults() const { return faults_; }

 private:
  bool happens(double share);

  Faults faults_;
  std::uint64_t state_;
};

}  // namespace submeter::simulate
