// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "submeter/options.h"
#include "submeter/result.h"
#include "tool/read_report.h"

namespace submeter::tool {

/// What a person types, with mbpoll's letters.
struct ManualRead {
  std::string mode;             ///< -m rtu | tcp | rtu_over_tcp
  int unit = 1;                 ///< -a
  int reference = 1;            ///< -r, from 1 unless zero_based
  bool zero_based = false;      ///< -0
  int count = 1;                ///< -c, values
  std::string type = "4";       ///< -t TABLE[:FORMAT]; table 3 input, 4 holding
  std::string order = "ABCD";   ///< --order; mbpoll's -B is ABCD
  int baud = 9600;              ///< -b
  std::string parity = "even";  ///< -P
  int stop_bits = 1;            ///< -s
  std::uint16_t port = 502;     ///< -p
  double timeout_s = 1.0;       ///< -o
  std::string target;           ///< device or host

  /// The error names the letter that is wrong and what it takes.
  Result<BusOptions> bus() const;
  Result<std::vector<ReadItem>> items() const;
};

}  // namespace submeter::tool
