// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "meters/register_map.h"
#include "submeter/ids.h"

namespace submeter::meters {

/// A register in every notation people use: "input 30053 (1-based 53, PDU 52 = 0x0034)".
std::string register_text(Table table, RegisterAddress address);

}  // namespace submeter::meters
