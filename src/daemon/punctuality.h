// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "core/duration_histogram.h"
#include "submeter/sample.h"

namespace submeter::daemon {

/// Notes how long after its due instant each reading began, on its way from the buses.
class Punctuality final : public ReadingSink {
 public:
  /// `next` outlives it.
  explicit Punctuality(ReadingSink& next) : next_(next) {}

  void on_reading(Reading reading) override {
    if (reading.quality != Quality::kBad) lateness_.add(reading.instant - reading.span / 2 - reading.due);
    next_.on_reading(std::move(reading));
  }
  void on_event(Event event) override { next_.on_event(std::move(event)); }
  const core::DurationHistogram& lateness() const { return lateness_; }

 private:
  ReadingSink& next_;
  core::DurationHistogram lateness_;
};

}  // namespace submeter::daemon
