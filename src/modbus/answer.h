// SPDX-License-Identifier: Apache-2.0
// What both masters say about an answer.
#pragma once

#include <span>
#include <string>

#include "modbus/master.h"
#include "modbus/pdu.h"
#include "submeter/time.h"

namespace submeter::modbus {

/// Holds a PDU against its request: registers, an exception, or a contradiction, which is counted as a fault.
ReadAnswer judge_answer(const ReadRequest& request, std::span<const std::uint8_t> pdu, BusCounters& counters);
/// An answer without registers.
ReadAnswer failed_answer(Outcome outcome, std::string reason);
/// "no response from unit 7 in 500 ms", and what to do when it is known to answer later than is configured.
std::string no_response(UnitId unit, Duration waited, bool known_to_be_late);

}  // namespace submeter::modbus
