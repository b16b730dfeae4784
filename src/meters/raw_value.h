// SPDX-License-Identifier: Apache-2.0
// The bits of a register and the number they stand for, by type; unscaled. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "meters/register_map.h"
#include "submeter/decimal.h"

namespace submeter::meters {

/// The bits stand for no number: NaN, an infinity, a BCD digit above 9, a word above 9999 of a mod-10k. A
/// meter fills such registers where it has nothing to say (0xFFFF in BCD), so there is no value rather than a
/// wrong one.
bool is_no_number(Type type, std::uint64_t bits);
/// Exact; a float is the shortest decimal that reads back as it. `bits` are a number of `type`. Empty beyond
/// what a decimal holds.
std::optional<Decimal> raw_number(Type type, std::uint64_t bits);
/// The bits of the number nearest to `raw`; beyond the type's range its nearest limit.
std::uint64_t raw_bits(Type type, const Decimal& raw);

/// The bits that count, moved right to the lowest of them; a mask of 0 takes all.
std::uint64_t masked(std::uint64_t bits, std::uint64_t mask);
/// The inverse: bits with `raw` where the mask is, at most what fits there.
std::uint64_t unmasked(const Decimal& raw, std::uint64_t mask);

}  // namespace submeter::meters
