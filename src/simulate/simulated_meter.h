// SPDX-License-Identifier: Apache-2.0
// A meter that is not there: the registers of a register map, holding what its loads say. Texts hold the
// meter's id, other x_… points 0, `identify` and `ct_check` what the map and the configuration expect. Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "meters/decoder.h"
#include "meters/register_map.h"
#include "simulate/load.h"
#include "simulate/register_image.h"
#include "simulate/scale_registers.h"
#include "submeter/options.h"
#include "submeter/result.h"

namespace submeter::simulate {

class SimulatedMeter {
 public:
  /// Holes up to this many registers between two points read as zero, as in most meters.
  static constexpr std::uint16_t kFilledHole = 125;

  /// `loads`: one for each channel of the map. `start_import_kwh` is what the import register shows at first,
  /// on the primary side. The error is bind_point()'s: a contradiction between map and transformer ratios.
  static Result<SimulatedMeter> make(const MeterOptions& options, const meters::RegisterMap& map,
                                     std::vector<std::unique_ptr<Load>> loads,
                                     const Decimal& start_import_kwh);

  const std::string& id() const { return id_; }
  UnitId unit() const { return unit_; }
  /// The block with the first register of `asked`, as the meter holds it `elapsed` after the start; null if
  /// the meter has no such register. The registers of `identify`, asked for by themselves, always say who the
  /// meter is: Carlo Gavazzi's are half of a voltage to everyone who reads on. Valid until the next call;
  /// `elapsed` never goes back.
  const RegisterBlock* read(const meters::RegisterRange& asked, Duration elapsed);

 private:
  struct Channel {
    std::unique_ptr<Load> load;
    std::vector<meters::BoundPoint> points;
  };

  SimulatedMeter(const MeterOptions& options, std::vector<Channel> channels, RegisterImage image,
                 ScaleRegisters scales, const Decimal& start_import_kwh);
  void refresh(Duration elapsed);
  void store(const meters::BoundPoint& bound, const LoadState& state);

  std::string id_;
  UnitId unit_;
  std::vector<Channel> channels_;
  RegisterImage image_;
  ScaleRegisters scales_;
  std::optional<RegisterBlock> identity_;
  Decimal start_import_kwh_;
  Duration refreshed_{-1};
};

/// 3 where the map has a point of a second phase, else 1.
int phase_count(const meters::RegisterMap& map);

}  // namespace submeter::simulate
