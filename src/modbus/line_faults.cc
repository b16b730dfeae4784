// SPDX-License-Identifier: Apache-2.0
#include "modbus/line_faults.h"

namespace submeter::modbus {

std::string_view fault_name(LineFault fault) {
  static constexpr std::array<std::string_view, kLineFaults> kNames{
      "late",      "duplicate",      "foreign",          "echo",       "noise",     "crc",
      "truncated", "wrong_function", "wrong_byte_count", "wrong_unit", "not_modbus"};
  return kNames[static_cast<std::size_t>(fault)];
}

}  // namespace submeter::modbus
