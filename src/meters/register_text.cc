// SPDX-License-Identifier: Apache-2.0
#include "meters/register_text.h"

#include <fmt/format.h>

namespace submeter::meters {

std::string register_text(Table table, RegisterAddress address) {
  const bool holding = table == Table::kHolding;
  const unsigned one_based = address.value + 1U;
  // Five digits reach 9999; beyond that people write six.
  const unsigned base = one_based <= 9999 ? (holding ? 40000U : 30000U) : (holding ? 400000U : 300000U);
  return fmt::format("{} {} (1-based {}, PDU {} = 0x{:04X})", holding ? "holding" : "input", base + one_based,
                     one_based, address.value, address.value);
}

}  // namespace submeter::meters
