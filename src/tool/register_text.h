// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "meters/register_map.h"
#include "submeter/ids.h"

namespace submeter::tool {

/// A register in every notation people use: "input 30053 (1-based 53, PDU 52 = 0x0034)".
std::string register_text(meters::Table table, RegisterAddress address);

/// "0x4643 0x0400"
std::string raw_text(std::span<const std::uint16_t> registers);

}  // namespace submeter::tool
