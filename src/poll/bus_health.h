// SPDX-License-Identifier: Apache-2.0
// How a bus and its meters are doing, for status and health. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "submeter/ids.h"
#include "submeter/time.h"

namespace submeter::poll {

enum class MeterState : std::uint8_t { kUnknown, kAlive, kSilent };

struct MeterHealth {
  std::string id;
  UnitId unit;
  MeterState state = MeterState::kUnknown;
  std::optional<MonoTime> last_good;
  std::uint64_t requests = 0;
  std::uint64_t answers = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t bad_answers = 0;
  std::uint64_t exceptions = 0;
  Duration response_p50{};  ///< Over the newest answers, request sent to response received.
  Duration response_p95{};
  Duration response_max{};
  std::string ct_programmed;               ///< "400:5" as the meter says; empty while it is not known.
  std::vector<std::string> ct_suspicions;  ///< "lighting-3: power is …"; what a wrong CT may have made.
  std::string last_error;  ///< Why something due was not read; empty once everything is again.
};

/// The short of it, which costs next to nothing to ask for.
struct MeterCounts {
  std::size_t all = 0;
  std::size_t alive = 0;
  std::size_t silent = 0;
  std::size_t ct_suspect = 0;
  std::uint64_t cycles_skipped = 0;
};

struct BusHealth {
  std::uint64_t cycles_skipped = 0;  ///< Due instants that passed while the bus was busy; never queued up.
  double load = 0.0;                 ///< Share of the last minute in which a request was under way, 0…1.
  std::string line_error;            ///< Why the line is down; empty while it is up.
  std::vector<MeterHealth> meters;
};

}  // namespace submeter::poll
