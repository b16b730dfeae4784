// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "meters/decoder.h"
#include "modbus/master.h"
#include "tool/command.h"
#include "tool/register_source.h"

namespace submeter::tool {

/// One value to read: the point, and the unit it is published in.
struct ReadItem {
  meters::BoundPoint point;
  std::string unit;
};

/// Reads each item on its own, so that every one has its own answer, and prints a table or one JSON object:
/// value, unit, register in all notations, raw words. kNoAnswer when nothing answered, kFinding when
/// something has no value.
ExitCode read_and_report(RegisterSource& source, UnitId unit, const std::vector<ReadItem>& items,
                         const std::string& heading, bool json);

}  // namespace submeter::tool
