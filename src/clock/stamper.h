// SPDX-License-Identifier: Apache-2.0
// Gives readings their time, the one place where that happens. Before the first sync it holds them or marks them,
// as clock.before_sync says. Loop thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "submeter/clock.h"
#include "submeter/options.h"
#include "submeter/sample.h"

namespace submeter::clock {

class Stamper final : public ReadingSink {
 public:
  /// At most this many readings are held; beyond it the oldest is dropped and counted.
  static constexpr std::size_t kMaxHeld = 20'000;

  Stamper(const Clock& clock, BeforeSync before_sync, SampleSink& sink);
  void on_reading(Reading reading) override;
  /// Releases what was held, stamped and flagged `held`, once the clock can be trusted.
  void clock_changed();
  std::size_t held() const { return held_.size(); }
  std::uint64_t dropped() const { return dropped_; }

 private:
  const Clock& clock_;
  BeforeSync before_sync_;
  SampleSink& sink_;
  std::deque<Reading> held_;
  std::uint64_t dropped_ = 0;
};

}  // namespace submeter::clock
