// SPDX-License-Identifier: Apache-2.0
#include "meters/register_text.h"

#include <gtest/gtest.h>

namespace submeter::meters {
namespace {

// SPEC section 3 gives the first; the others are the same register of the other table and the last of five
// digits.
TEST(RegisterText, ShowsEveryNotation) {
  EXPECT_EQ(register_text(Table::kInput, {52}), "input 30053 (1-based 53, PDU 52 = 0x0034)");
  EXPECT_EQ(register_text(Table::kHolding, {52}), "holding 40053 (1-based 53, PDU 52 = 0x0034)");
  EXPECT_EQ(register_text(Table::kHolding, {9998}), "holding 49999 (1-based 9999, PDU 9998 = 0x270E)");
  EXPECT_EQ(register_text(Table::kHolding, {9999}), "holding 410000 (1-based 10000, PDU 9999 = 0x270F)");
  EXPECT_EQ(register_text(Table::kInput, {65535}), "input 365536 (1-based 65536, PDU 65535 = 0xFFFF)");
}

}  // namespace
}  // namespace submeter::meters
