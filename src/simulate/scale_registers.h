// SPDX-License-Identifier: Apache-2.0
// What the scale registers of a simulated meter say: for all points that share one, the finest power of ten
// with which a large building still fits their registers. Fixed for the meter's life. Pure.
#pragma once

#include <map>
#include <span>
#include <utility>

#include "meters/binding.h"
#include "simulate/register_image.h"

namespace submeter::simulate {

class ScaleRegisters {
 public:
  explicit ScaleRegisters(std::span<const meters::BoundPoint> points);

  /// What the scale register of `point` says; 0 of a point without one.
  Decimal of(const meters::MapPoint& point) const;
  void store(std::span<const meters::BoundPoint> points, RegisterImage& image) const;

 private:
  using Key = std::pair<meters::Table, RegisterAddress>;
  std::map<Key, int> exponents_;
};

}  // namespace submeter::simulate
