// SPDX-License-Identifier: Apache-2.0
#include "poll/ct_supervision.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "core/log.h"

namespace submeter::poll {
namespace {

bool is_power(meters::Measured what) {
  return what >= meters::Measured::kPower && what <= meters::Measured::kPowerL3;
}

/// What the registers of `point` can tell apart; 0 of a float.
double step_of(const meters::BoundPoint& point) {
  const bool is_float =
      point.point.type == meters::Type::kFloat32 || point.point.type == meters::Type::kFloat64;
  return is_float ? 0.0 : std::abs(point.factor.to_double());
}

meters::WatchedCircuit watched(const MeterPlan& meter, const CircuitPlan& circuit) {
  meters::WatchedCircuit watched{.phases = meter.phases, .ct = meter.ct, .pt = meter.pt};
  for (const PointPlan& point : circuit.points) {
    const auto what = meters::measured_by(point.point.point.name);
    if (what == meters::Measured::kExport) watched.reads_export = true;
    if (what && is_power(*what)) {
      watched.power_step_kw = std::max(watched.power_step_kw, step_of(point.point));
    }
  }
  return watched;
}

/// Near enough for a comparison, and cheaper than the nearest there is.
double approximate(const Decimal& value) {
  constexpr double kTens[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
  const auto size = static_cast<std::size_t>(std::abs(value.exponent()));
  const double tens = size < std::size(kTens) ? kTens[size] : std::pow(10.0, static_cast<double>(size));
  const auto mantissa = static_cast<double>(value.mantissa());
  return value.exponent() < 0 ? mantissa / tens : mantissa * tens;
}

}  // namespace

CtSupervision::CtSupervision(const MeterPlan& meter, const MeterName& name) : meter_(meter), name_(name) {
  circuits_.reserve(meter.circuits.size());
  for (const CircuitPlan& plan : meter.circuits) {
    Circuit circuit{.watch = meters::CtWatch(watched(meter, plan)), .measured = {}};
    circuit.measured.reserve(plan.points.size());
    for (const PointPlan& point : plan.points) {
      circuit.measured.push_back(meters::measured_by(point.point.point.name));
    }
    circuits_.push_back(std::move(circuit));
  }
}

void CtSupervision::look_at(const Reading& reading, std::size_t circuit,
                            std::span<const std::size_t> points) {
  const CircuitPlan& plan = meter_.circuits[circuit];
  Circuit& watched = circuits_[circuit];
  meters::CircuitValues values;
  auto value = reading.values.begin();
  for (const std::size_t point : points) {
    if (value == reading.values.end()) break;
    if (value->name != plan.points[point].point.point.name) continue;  // it is missing
    if (const auto what = watched.measured[point]) values.set(*what, approximate(value->value));
    ++value;
  }
  const meters::CtSigns changed = watched.watch.observe(values, reading.instant);
  if (changed.none()) return;
  for (std::size_t sign = 0; sign < meters::kCtSigns; ++sign) {
    if (changed.test(sign)) tell(circuit, static_cast<meters::CtSign>(sign), reading.instant);
  }
}

void CtSupervision::tell(std::size_t circuit, meters::CtSign sign, MonoTime now) {
  const meters::CtWatch& watch = circuits_[circuit].watch;
  const bool begins = watch.standing().test(static_cast<std::size_t>(sign));
  const std::string& id = meter_.circuits[circuit].id;
  const std::string text = begins ? watch.text(sign) : std::string(meters::cleared_text(sign));
  if (begins) {
    core::log_warning("circuit {} of {}: {}; its records are flagged ct_suspect, {}  {} circuit={}", id,
                      name_.text, text, meters::kCtAdvice, name_.fields, id);
  } else {
    core::log_info("circuit {} of {}: {}; {}  {} circuit={}", id, name_.text, text,
                   watch.suspect() ? "its records stay flagged ct_suspect for another reason"
                                   : "its records are no longer flagged ct_suspect",
                   name_.fields, id);
  }
  events_.push_back(
      ct_event(begins, fmt::format("circuit {}: {}", id, text), now, meter_.id, id, watch.name(sign)));
}

bool CtSupervision::any_suspect() const {
  return std::ranges::any_of(circuits_, [](const Circuit& circuit) { return circuit.watch.suspect(); });
}

std::vector<std::string> CtSupervision::suspicions() const {
  std::vector<std::string> texts;
  for (std::size_t circuit = 0; circuit < circuits_.size(); ++circuit) {
    const meters::CtWatch& watch = circuits_[circuit].watch;
    for (std::size_t sign = 0; sign < meters::kCtSigns; ++sign) {
      if (!watch.standing().test(sign)) continue;
      texts.push_back(
          fmt::format("{}: {}", meter_.circuits[circuit].id, watch.text(static_cast<meters::CtSign>(sign))));
    }
  }
  return texts;
}

void flag_ct_suspect(Reading& reading) {
  reading.flags.set(QualityFlag::kCtSuspect);
  if (reading.quality == Quality::kGood) reading.quality = Quality::kQuestionable;
}

Event ct_event(bool begins, std::string text, MonoTime now, const std::string& meter,
               const std::string& circuit, const std::string& suspect) {
  const auto quoted = [](const std::string& word) {
    return '"' + word + '"';
  };  // ids and names: nothing to escape
  Event event{
      .name = begins ? "ct_suspect" : "ct_cleared", .text = std::move(text), .instant = now, .fields = {}};
  event.fields = {{"meter", quoted(meter)}, {"suspect", quoted(suspect)}};
  if (!circuit.empty()) event.fields.push_back({"circuit", quoted(circuit)});
  return event;
}

}  // namespace submeter::poll
