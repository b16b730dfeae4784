// SPDX-License-Identifier: Apache-2.0
// Whether the wall clock can be trusted, by what its source says and by how long ago it did. SPEC section 5.
// Pure.
//
// Synced: the source vouches, and the bound it gives is within the limit. Holdover: it does not any more, or
// its own bound has only aged, and the newest good bound plus the drift since is within the limit. Unsynced:
// all else, also when the source has measured more than the limit.
#pragma once

#include <optional>

#include "clock/sync_view.h"
#include "submeter/clock.h"

namespace submeter::clock {

/// How fast a clock that nobody disciplines is assumed to err: 100 ppm. Crystals of gateways are specified to
/// 20–50 ppm over temperature and age, and the frequency learnt while in sync stays in force (RFC 5905 has 15
/// ppm for that, the kernel 500 ppm for the worst).
Duration drift(Duration elapsed);

class Trust {
 public:
  explicit Trust(Duration max_error) : max_error_(max_error) {}

  /// `view` is the newest there is.
  void judge(const SyncView& view, MonoTime now);
  /// The clock was set: what was known of its error is void.
  void forget() { good_.reset(); }
  /// An earlier process of this boot knew the clock to be right at `instant`, by no more than `bound`.
  void remember(MonoTime instant, Duration bound);

  ClockState state() const { return state_; }
  /// Of the error at the instant of judge(); empty when nobody can give one.
  std::optional<Duration> bound() const { return bound_; }
  /// The clock was synced at that instant, last.
  std::optional<MonoTime> last_synced() const { return last_synced_; }
  Duration max_error() const { return max_error_; }

 private:
  struct Known {
    MonoTime at;
    Duration bound;
    Duration bound_at(MonoTime now) const { return bound + drift(now - at); }
  };

  Duration max_error_;
  ClockState state_ = ClockState::kUnsynced;
  std::optional<Duration> bound_;
  std::optional<Known> good_;  // the bound from which holdover counts
  std::optional<MonoTime> last_synced_;
};

}  // namespace submeter::clock
