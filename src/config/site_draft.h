// SPDX-License-Identifier: Apache-2.0
// Everything that config.yaml and conf.d say, before one part is held against another. SPEC section 2.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/bus_section.h"
#include "config/meter_section.h"
#include "config/section.h"
#include "submeter/options.h"

namespace submeter::config {

struct SiteDraft {
  Options options;  ///< All but buses and meters.
  std::map<std::string, BusDraft> buses;
  std::vector<MeterDraft> meters;
  std::map<std::string_view, Place> sections;  ///< The top-level keys met so far.
  bool complete = true;                        ///< No file was left out: what is not here does not exist.
};

/// The top level of a file. Buses and meters add up over files; any other section stands in one of them.
const Section<SiteDraft>& root_section();

}  // namespace submeter::config
