// SPDX-License-Identifier: Apache-2.0
// What becomes of a meter's answer when fate is against it. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "simulate/faults.h"
#include "simulate/modbus_server.h"
#include "submeter/ids.h"
#include "submeter/time.h"

namespace submeter::simulate {

/// How the bytes of an answer end. On TCP nothing else can come in the middle of a frame: a gateway has one
/// output.
enum class End : std::uint8_t {
  kWhole,
  kPaused,     ///< The rest comes later.
  kBrokenOff,  ///< It never comes.
};

struct Answer {
  UnitId unit;  ///< Who was asked.
  std::vector<std::uint8_t> adu;
  Duration turnaround{};  ///< From the end of the request to the beginning of the answer.
  End end = End::kWhole;
  bool is_rest = false;  ///< Of an answer that was paused.
};

/// What is on the line in the end, by turnaround: parts of the answer, and what comes with it. `answer` is a
/// whole frame made by `server`. Being silent or an exception is not for here.
std::vector<Answer> spoil(Answer answer, const Fate& fate, Duration lateness, ModbusServer& server);

}  // namespace submeter::simulate
