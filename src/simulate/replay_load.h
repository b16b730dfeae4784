// SPDX-License-Identifier: Apache-2.0
// Metered data played back: a table of the energy that went in and out during each of many equal times.
//
//   start_unix_s,import_kwh,export_kwh
//   1386576000,0.0295,0.0000
#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

#include "simulate/energy_counter.h"
#include "simulate/load.h"
#include "submeter/result.h"

namespace submeter::simulate {

struct ReplayRow {
  Decimal import_kwh;
  Decimal export_kwh;
};

struct ReplayTable {
  std::chrono::seconds row_duration{60};  ///< What one row measured; a hole in the data lasts no longer.
  std::vector<ReplayRow> rows;
};

/// Reads the file at once, before the loop starts. The error names the line.
Result<ReplayTable> load_replay(const std::filesystem::path& csv);

/// Plays one row every `step`, beginning with the first question, so that whoever asks sees every row. A
/// row's energy is in the registers when the row has ended; its average power shows while it lasts. After the
/// last row nothing flows. The registers are exact decimal sums of the table.
class ReplayLoad final : public Load {
 public:
  ReplayLoad(ReplayTable table, std::chrono::milliseconds step, int phase_count);

  LoadState at(Duration elapsed) override;

 private:
  Supply supply_of(const ReplayRow& row) const;

  ReplayTable table_;
  std::chrono::milliseconds step_;
  int phase_count_;
  std::optional<Duration> first_question_;
  std::size_t row_ = 0;  // rows before it have ended
  Decimal import_kwh_;
  Decimal export_kwh_;
  EnergyCounter counter_;
};

}  // namespace submeter::simulate
