// SPDX-License-Identifier: Apache-2.0
#include "simulate/scale_registers.h"

#include <algorithm>
#include <cmath>

#include "meters/raw_value.h"
#include "meters/words.h"

namespace submeter::simulate {
namespace {

using meters::MapPoint;
using meters::Quantity;
using Gives = meters::ScaleRegister::Gives;

/// The largest that a point has to show, in its published unit.
double largest(Quantity quantity) {
  switch (quantity) {
    case Quantity::kActiveEnergy:
    case Quantity::kReactiveEnergy:
    case Quantity::kApparentEnergy:
      return 1e6;
    case Quantity::kActivePower:
    case Quantity::kReactivePower:
    case Quantity::kApparentPower:
    case Quantity::kCurrent:
    case Quantity::kVoltage:
      return 1e3;
    case Quantity::kFrequency:
    case Quantity::kTemperature:
      return 1e2;
    case Quantity::kPowerFactor:
    case Quantity::kOther:
      break;
  }
  return 1.0;
}

/// Of the smallest power of ten that leaves room; floats have room anyway.
int exponent_for(const meters::BoundPoint& bound) {
  const Decimal most =
      *meters::raw_number(bound.point.type, meters::raw_bits(bound.point.type, Decimal(1, 60)));
  const double raw = largest(bound.quantity) / std::abs(bound.factor.to_double());
  constexpr int kFinest = -4;
  constexpr int kCoarsest = 4;
  return std::clamp(static_cast<int>(std::ceil(std::log10(raw / most.to_double()))), kFinest, kCoarsest);
}

/// What the register's type can say: unsigned exponents are not negative, factors and divisors are whole
/// numbers.
int possible(const meters::ScaleRegister& scale, int exponent) {
  using meters::Type;
  if (scale.type == Type::kFloat32) return exponent;
  if (scale.gives == Gives::kDivisor) return std::min(exponent, 0);
  const bool may_be_negative = scale.type == Type::kInt16 || scale.type == Type::kInt32;
  return scale.gives == Gives::kPowerOfTen && may_be_negative ? exponent : std::max(exponent, 0);
}

}  // namespace

ScaleRegisters::ScaleRegisters(std::span<const meters::BoundPoint> points) {
  for (const meters::BoundPoint& bound : points) {
    if (!bound.point.scale_from) continue;
    const int wanted = possible(*bound.point.scale_from, exponent_for(bound));
    const auto [entry, is_new] =
        exponents_.try_emplace({bound.point.table, bound.point.scale_from->address}, wanted);
    if (!is_new) entry->second = std::max(entry->second, wanted);
  }
}

Decimal ScaleRegisters::of(const MapPoint& point) const {
  if (!point.scale_from) return Decimal();
  const int exponent = exponents_.at({point.table, point.scale_from->address});
  switch (point.scale_from->gives) {
    case Gives::kPowerOfTen:
      return Decimal(exponent);
    case Gives::kFactor:
      return Decimal(1, exponent);
    case Gives::kDivisor:
      break;
  }
  return Decimal(1, -exponent);
}

void ScaleRegisters::store(std::span<const meters::BoundPoint> points, RegisterImage& image) const {
  for (const meters::BoundPoint& bound : points) {
    const MapPoint& point = bound.point;
    if (!point.scale_from) continue;
    const meters::Type type = point.scale_from->type;
    image.store(point.table, point.scale_from->address,
                meters::split_words(meters::raw_bits(type, of(point)), meters::width(type), point.order));
  }
}

}  // namespace submeter::simulate
