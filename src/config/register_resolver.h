// SPDX-License-Identifier: Apache-2.0
// What the registers of a map mean together with the rest of the map: notation, table, width, channels, and
// which keys go with which type. Reports at the place of the key that has to change.
#pragma once

#include "config/map_sections.h"

namespace submeter::config {

class RegisterResolver {
 public:
  /// `draft` is read whole, and outlives this.
  explicit RegisterResolver(const MapDraft& draft) : draft_(draft) {}

  meters::MapPoint point(const MapPointDraft& point) const;
  meters::Identify identify(const IdentifyDraft& identify) const;
  meters::CtCheck ct_check(const CtCheckDraft& check) const;

 private:
  /// Without what only a point has: name, unit, channels.
  meters::MapPoint reg(const MapPointDraft& written) const;
  void place_in_table(const MapPointDraft& written, meters::MapPoint& result) const;
  meters::ScaleRegister scale_from(const MapPointDraft& written, const meters::MapPoint& point) const;
  void check_extent(const MapPointDraft& written, const meters::MapPoint& point) const;

  const MapDraft& draft_;
};

}  // namespace submeter::config
