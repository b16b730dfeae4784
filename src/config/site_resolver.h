// SPDX-License-Identifier: Apache-2.0
// Holds the parts of a site against each other: meters against buses and register maps, circuits against
// circuits, the readings against what a line can carry. Reports what does not fit, makes the options of what
// does.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/map_catalog.h"
#include "config/site_draft.h"

namespace submeter::config {

class SiteResolver {
 public:
  SiteResolver(const SiteDraft& site, MapCatalog& maps) : site_(site), maps_(maps) {}

  /// Usable only if no error was reported.
  Options resolve();

 private:
  void check_clock() const;
  void resolve_buses();
  void resolve_meter(const MeterDraft& meter);
  void check_bus(const MeterDraft& meter);
  void check_unit(const MeterDraft& meter, const BusDraft& bus);
  void check_circuits(const std::vector<CircuitDraft>& circuits);
  const meters::RegisterMap* find_map(const MeterDraft& meter);
  void check_loads() const;

  const SiteDraft& site_;
  MapCatalog& maps_;
  Options options_;
  std::map<std::string, Place> meter_ids_;
  std::map<std::string, Place> circuit_ids_;
  std::map<std::pair<std::string, UnitId>, const MeterDraft*> units_;
};

}  // namespace submeter::config
