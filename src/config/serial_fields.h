// SPDX-License-Identifier: Apache-2.0
// The keys of a serial line.
#pragma once

#include "config/section.h"
#include "submeter/options.h"

namespace submeter::config {

/// A speed that Linux can set: 9600, 19200 …
Result<int> as_baud(const YamlNode& node);
const Choice<Parity>& as_parity();

template <class Record>
std::vector<Field<Record>> serial_fields(SerialLine Record::*line) {
  return {optional("baud", within(line, &SerialLine::baud), as_baud),
          optional("parity", within(line, &SerialLine::parity), as_parity()),
          optional("stop_bits", within(line, &SerialLine::stop_bits), Integer<int>{1, 2})};
}

}  // namespace submeter::config
