// SPDX-License-Identifier: Apache-2.0
// From the text of a register map to meters::RegisterMap: keys first, then what they mean together. SPEC
// section 3.
#pragma once

#include <string>

#include "config/source.h"
#include "meters/register_map.h"

namespace submeter::config {

/// Reports through `source`; the map is complete only if that brought no error.
meters::RegisterMap parse_map(const Source& source, const std::string& text);

}  // namespace submeter::config
