// SPDX-License-Identifier: Apache-2.0
// Which keys of a register go with its type, and which with what its point measures. Reports at the place of
// each key that does not.
#pragma once

#include "config/map_sections.h"

namespace submeter::config {

/// `written.type` is given.
void check_keys_of_type(const MapPointDraft& written);
/// The point's name, and unit, encoding, modulus and type as far as they depend on it.
void check_quantity(const MapPointDraft& point);

}  // namespace submeter::config
