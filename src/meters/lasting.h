// SPDX-License-Identifier: Apache-2.0
// What lasts is told from what comes and goes: a starting motor, or registers read a second apart, must not
// raise an alarm, and a real one must not flap. Pure.
#pragma once

#include <algorithm>
#include <optional>

#include "meters/scale_suspect.h"
#include "submeter/time.h"

namespace submeter::meters {

/// Stands once a condition was there for `hold`, less three times as long as it was not there meanwhile; goes
/// when it was away for as long. A reading counts for the time since the one before, at most a tenth of
/// `hold`: ten at least are needed.
class Lasting {
 public:
  explicit Lasting(Duration hold) : hold_(hold) {}

  /// At a reading that shows whether it is there. True: standing() has changed. Not `ready`: does not begin
  /// to stand yet, however long it lasts.
  bool add(bool there, MonoTime now, bool ready = true);
  /// The same with a weight in place of the time since the last.
  bool add_weighted(bool there, Duration weight, bool ready = true);
  bool standing() const { return standing_; }
  /// Nothing speaks for it.
  bool idle() const { return score_ == Duration::zero(); }

 private:
  Duration hold_;
  Duration score_{};
  std::optional<MonoTime> last_;
  bool standing_ = false;
};

/// The same factor, reading after reading. One below 1, or one that is no proof by itself, counts once the
/// factor stayed while the load changed by a tenth, or for a day: by chance, as between phases that import
/// and export, it does not.
class LastingSuspect {
 public:
  explicit LastingSuspect(Duration hold) : lasting_(hold) {}

  /// `named`: what this reading points at, if at anything. `load` in any unit. True: standing() has changed.
  bool add(const std::optional<ScaleSuspect>& named, double load, bool proof, MonoTime now,
           std::optional<Duration> weight = {});
  bool standing() const { return lasting_.standing(); }
  /// The last that was followed.
  const ScaleSuspect& suspect() const { return suspect_; }

 private:
  Lasting lasting_;
  ScaleSuspect suspect_;
  MonoTime since_{};
  double smallest_load_ = 0.0;
  double largest_load_ = 0.0;
};

}  // namespace submeter::meters
