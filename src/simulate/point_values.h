// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "simulate/load.h"

namespace submeter::simulate {

/// What a meter shows under a standard point name, in the published unit, on the primary side. Everything
/// follows from the supply: I = S / U, S = √(P² + Q²), pf = P / S. Empty for names that say nothing about a
/// supply (`x_…`).
std::optional<Decimal> point_value(std::string_view point, const LoadState& state);

}  // namespace submeter::simulate
