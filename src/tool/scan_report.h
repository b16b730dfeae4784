// SPDX-License-Identifier: Apache-2.0
// What a scan says: before it starts, of each meter it finds, and the YAML to paste at its end. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "submeter/options.h"
#include "submeter/time.h"
#include "tool/daemon_client.h"
#include "tool/scanner.h"

namespace submeter::tool {

/// Where a scan looks.
struct ScanTarget {
  std::string bus;                      ///< Its name in the YAML.
  bool configured = false;              ///< The bus is in the configuration already.
  BusOptions options;                   ///< Of a serial line the settings are not known yet.
  std::map<UnitId, std::string> known;  ///< Meters of the configuration on this bus, by unit.
};

/// "9600 8N1"; nothing on Modbus TCP.
std::string settings_text(const std::optional<SerialLine>& line);
/// "12 s", "7 min 25 s"
std::string long_time(Duration time);
/// What will be asked, and how long that takes at most.
std::string announcement(const ScanTarget& target, const std::vector<ScanPass>& passes,
                         Duration response_timeout);
/// One line: "unit 7 at 9600 8N1: eastron-sdm630 (…)". What is only plausible is called so.
std::string found_text(const FoundMeter& meter, const ScanTarget& target);
/// What else is worth knowing: damaged answers, a meter that answers as any unit, line settings that differ.
std::vector<std::string> advice(const Scanner& scanner, const ScanTarget& target);
/// `buses:` and `meters:` ready to paste, of the settings that most meters have; the others as comments that
/// say what to do first. Empty when no meter was recognised.
std::string yaml_text(const std::vector<FoundMeter>& found, const ScanTarget& target);
Json scan_json(const Scanner& scanner, const ScanTarget& target);

}  // namespace submeter::tool
