// SPDX-License-Identifier: Apache-2.0
// What a collector does to its store, all at once and as fast as it goes, told over a pipe as it gets
// certain. Runs in a process that is going to be killed.
#pragma once

#include <cstdint>

#include "submeter/options.h"

namespace submeter::power {

/// One line of what the broker may have got, or the store has confirmed; fixed in size, so that a pipe keeps
/// it whole.
struct Told {
  enum class What : std::uint32_t { kCommitted, kDelivered, kDropped, kHeld, kReleasing, kHeldDropped };
  What what{};
  char stream[12] = {};
  std::uint64_t first = 0;  ///< Of a held entry: its number.
  std::uint64_t last = 0;   ///< Of a held entry: which text of the round it is.
  std::uint32_t round = 0;  ///< Of a held entry: the round that held it.
};

/// Fills the store in `options.dir`, acknowledges with a lag or, `broker_away`, not at all. Never returns.
[[noreturn]] void load_until_killed(const StoreOptions& options, std::uint32_t round, std::uint64_t random,
                                    bool broker_away, int out);

}  // namespace submeter::power
