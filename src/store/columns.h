// SPDX-License-Identifier: Apache-2.0
// Values of ours as SQLite's integers and back.
#pragma once

#include <chrono>
#include <cstdint>

#include "submeter/ids.h"
#include "submeter/time.h"

namespace submeter::store {

inline std::int64_t to_column(Sequence seq) {
  return static_cast<std::int64_t>(seq.value);
}

inline Sequence to_sequence(std::int64_t column) {
  return {static_cast<std::uint64_t>(column)};
}

inline std::int64_t to_column(UtcTime time) {
  return time.time_since_epoch().count();
}

inline UtcTime to_time(std::int64_t column) {
  return UtcTime{std::chrono::milliseconds{column}};
}

}  // namespace submeter::store
