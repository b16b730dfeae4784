// SPDX-License-Identifier: Apache-2.0
// Walks through the passes of a scan: opens the line as each pass wants it, asks its units, and lets whoever
// answers be recognised at once, while the line is open. Reads only. Blocks; between two questions it asks
// whether to go on.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "meters/register_map.h"
#include "submeter/result.h"
#include "tool/recognition.h"
#include "tool/register_source.h"
#include "tool/scan_plan.h"

namespace submeter::tool {

struct FoundMeter {
  std::optional<SerialLine> line;  ///< How it is set; empty on Modbus TCP.
  UnitId unit;
  std::vector<MapGuess> guesses;
};

class Scanner {
 public:
  using Open = std::function<std::unique_ptr<RegisterSource>(const std::optional<SerialLine>& line)>;
  struct Listener {
    std::function<bool()> goes_on;  ///< False ends the scan after the question under way.
    std::function<void(const ScanPass& pass, UnitId unit, std::size_t asked, std::size_t of)> on_question;
    std::function<void(const FoundMeter& meter)> on_found;
  };

  /// `maps` outlive the scanner.
  Scanner(Open open, std::vector<const meters::RegisterMap*> maps, Listener listener);

  /// The error is of a line that cannot be opened, or fell: nothing more can be asked on it.
  Result<void> run(const std::vector<ScanPass>& passes);

  const std::vector<FoundMeter>& found() const { return found_; }
  /// Units from which nothing but damaged answers came, and how the line was set.
  std::vector<std::pair<std::optional<SerialLine>, UnitId>> garbled() const;
  bool complete() const { return complete_; }
  /// On Modbus TCP: something answered that a unit is not there.
  bool saw_gateway() const { return saw_gateway_; }

 private:
  Result<void> run(const ScanPass& pass);
  Result<void> ask(RegisterSource& source, const ScanPass& pass, UnitId unit);
  FoundMeter recognise(RegisterSource& source, const ScanPass& pass, UnitId unit) const;
  bool is_found(const ScanPass& pass, UnitId unit) const;

  Open open_;
  std::vector<const meters::RegisterMap*> maps_;
  Listener listener_;
  std::vector<FoundMeter> found_;
  std::vector<std::pair<std::optional<SerialLine>, UnitId>> garbled_;
  std::size_t asked_ = 0;
  std::size_t to_ask_ = 0;
  bool saw_gateway_ = false;
  bool complete_ = false;
};

/// What recognising one meter may add to a scan at most.
Duration longest_recognition(Duration response_timeout);

}  // namespace submeter::tool
