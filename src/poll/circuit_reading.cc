// SPDX-License-Identifier: Apache-2.0
#include "poll/circuit_reading.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

namespace submeter::poll {
namespace {

/// Which points are missing for which reason; points that share a reason are named together.
class Problems {
 public:
  void add(const std::string& point, const std::string& reason) {
    const auto same = std::ranges::find(groups_, reason, &Group::reason);
    if (same == groups_.end()) {
      groups_.push_back({reason, point});
    } else {
      same->points += ", " + point;
    }
  }
  bool empty() const { return groups_.empty(); }
  /// The reason alone where it explains the whole reading.
  std::string text(bool whole) const {
    if (whole && groups_.size() == 1) return groups_[0].reason;
    std::string text;
    for (const Group& group : groups_) {
      if (!text.empty()) text += "; ";
      text += group.points + ": " + group.reason;
    }
    return text;
  }

 private:
  struct Group {
    std::string reason;
    std::string points;
  };
  std::vector<Group> groups_;
};

class ReadingBuilder {
 public:
  ReadingBuilder(const MeterPlan& meter, const DueCircuit& due, const Collected& collected)
      : circuit_(meter.circuits[due.circuit]), due_(due), collected_(collected) {
    reading_.circuit = circuit_.id;
    reading_.meter = meter.id;
    reading_.due = due.due;
  }

  Reading build() {
    for (const std::size_t index : due_.points) add(circuit_.points[index].point);
    sign_power_factors();
    judge();
    reading_.instant = sent_ ? *sent_ + (*received_ - *sent_) / 2 : due_.due;
    reading_.span = sent_ ? *received_ - *sent_ : Duration::zero();
    return std::move(reading_);
  }

 private:
  void add(const meters::BoundPoint& bound) {
    const auto wanted = range_of(bound);
    const auto holds = [&](const auto& part) { return contains(part.range, wanted); };
    if (const auto block = std::ranges::find_if(collected_.blocks, holds); block != collected_.blocks.end()) {
      decode(bound, wanted, *block);
      return;
    }
    const auto missing = std::ranges::find_if(collected_.missing, holds);
    const bool explained = missing != collected_.missing.end();
    if (explained) reading_.flags.set(missing->flag);
    problems_.add(bound.point.name, explained ? missing->reason : "not asked");
  }

  void decode(const meters::BoundPoint& bound, const meters::RegisterRange& wanted, const Block& block) {
    const auto offset = static_cast<std::size_t>(wanted.address.value - block.range.address.value);
    const auto decoded = meters::decode(bound, std::span(block.registers).subspan(offset, wanted.count));
    switch (decoded.status) {
      case meters::Decoded::Status::kValue:
        reading_.values.push_back({bound.point.name, decoded.value});
        extend_to(block);
        return;
      case meters::Decoded::Status::kInvalid:
        problems_.add(bound.point.name, "the meter has no value");
        return;
      case meters::Decoded::Status::kOutOfRange:
        reading_.flags.set(QualityFlag::kOutOfRange);
        problems_.add(bound.point.name, "value out of range");
        return;
    }
  }

  void extend_to(const Block& block) {
    sent_ = std::min(sent_.value_or(block.sent), block.sent);
    received_ = std::max(received_.value_or(block.received), block.received);
  }

  PointValue* find_value(std::string_view name) {
    const auto found = std::ranges::find(reading_.values, name, &PointValue::name);
    return found == reading_.values.end() ? nullptr : &*found;
  }

  /// "pf" goes with "power_kw", "pf_l1" with "power_l1_kw".
  void sign_power_factors() {
    for (const std::size_t index : due_.points) {
      const auto& point = circuit_.points[index].point.point;
      if (!meters::lacks_sign(point.encoding) || !point.name.starts_with("pf")) continue;
      PointValue* pf = find_value(point.name);
      const PointValue* power = find_value("power" + point.name.substr(2) + "_kw");
      if (pf != nullptr && power != nullptr) pf->value = meters::signed_power_factor(pf->value, power->value);
    }
  }

  void judge() {
    if (problems_.empty()) return;
    const bool bad = reading_.values.empty();
    reading_.quality = bad ? Quality::kBad : Quality::kQuestionable;
    if (!bad || reading_.flags.empty()) reading_.flags.set(QualityFlag::kPartial);
    reading_.error = problems_.text(bad);
  }

  const CircuitPlan& circuit_;
  const DueCircuit& due_;
  const Collected& collected_;
  Reading reading_;
  Problems problems_;
  std::optional<MonoTime> sent_;
  std::optional<MonoTime> received_;
};

}  // namespace

bool contains(const meters::RegisterRange& outer, const meters::RegisterRange& inner) {
  return outer.table == inner.table && outer.address <= inner.address &&
         inner.address.value + inner.count <= outer.address.value + outer.count;
}

Reading make_reading(const MeterPlan& meter, const DueCircuit& due, const Collected& collected) {
  return ReadingBuilder(meter, due, collected).build();
}

Reading make_unanswered_reading(const MeterPlan& meter, const DueCircuit& due, const std::string& error) {
  Reading reading;
  reading.circuit = meter.circuits[due.circuit].id;
  reading.meter = meter.id;
  reading.instant = due.due;
  reading.due = due.due;
  reading.quality = Quality::kBad;
  reading.flags.set(QualityFlag::kCommTimeout);
  reading.error = error;
  return reading;
}

}  // namespace submeter::poll
