// SPDX-License-Identifier: Apache-2.0
// What a scan asks, in which order, and how long that can take at most. Settings that meters are delivered
// with come first, units 1 to 32 before the rest, one register of each table: any answer, an exception too,
// is a meter. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "meters/register_map.h"
#include "submeter/ids.h"
#include "submeter/options.h"
#include "submeter/result.h"
#include "submeter/time.h"

namespace submeter::tool {

/// What the technician wants; empty lists leave it to the plan.
struct ScanWish {
  std::vector<int> bauds;
  std::vector<Parity> parities;
  std::vector<UnitId> units;  ///< On a serial line 1 to 247.
  bool quick = false;         ///< Only what a plan has first: units 1 to 32.
};

/// Questions that are asked on one open line.
struct ScanPass {
  std::optional<SerialLine> line;  ///< Empty on Modbus TCP.
  meters::Table table = meters::Table::kHolding;
  std::vector<UnitId> units;
  bool if_gateway = false;  ///< Only where a gateway has answered for a unit that is not there.
};

/// How a serial line may be set, likeliest first: as configured, then as makers deliver, most frequent first.
/// `bauds` and `parities` limit that, and add what no maker has. Stop bits do not matter: a receiver looks at
/// one.
std::vector<SerialLine> settings_to_try(const std::optional<SerialLine>& configured,
                                        const std::vector<SerialLine>& makers, const ScanWish& wish);

/// Of a serial line, also of one behind a device server, in each of `settings`.
std::vector<ScanPass> serial_passes(const std::vector<SerialLine>& settings, const ScanWish& wish);
/// Of Modbus TCP: units 1, 0 and 255, at which a meter without a gateway answers; then those behind a
/// gateway.
std::vector<ScanPass> tcp_passes(const ScanWish& wish);

/// What `passes` take at most, as long as nobody answers in full.
Duration longest_time(const std::vector<ScanPass>& passes, Duration response_timeout);

/// "1-32,40": units from 0 to 255, each once; the error says what is expected.
Result<std::vector<UnitId>> parse_units(const std::string& text);

}  // namespace submeter::tool
