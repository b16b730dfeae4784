// SPDX-License-Identifier: Apache-2.0
// What people write on the command line of `submeter simulate`, as values. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "simulate/site.h"
#include "submeter/result.h"

namespace submeter::tool {

/// "800ms", "5s", as in the configuration.
std::optional<Duration> parse_duration(const std::string& text);

/// "METER=WORDS": the meter and the words.
Result<std::pair<std::string, std::string>> parse_assignment(std::string_view text);

/// Every fault there is, as it may be written: for messages and help.
std::string fault_words();

/// Adds one fault to those a meter has: `dead`, `slow:800ms`, or a word of simulate::kFaultKinds with its
/// share of the requests, as in `crc:10%`; `exception:5%:0x06` says which exception (else 0x04, server device
/// failure), `late:5%:2s` how late.
Result<void> add_fault(std::string_view text, simulate::Faults& faults);

/// `office`, `steady` or `solar`, with a peak in kW if it matters: `solar:12.5`.
Result<simulate::LoadChoice> parse_load(std::string_view text);

/// `19200-8E1`: speed, parity and stop bits of a serial line.
Result<SerialLine> parse_line(std::string_view text);

}  // namespace submeter::tool
