// SPDX-License-Identifier: Apache-2.0
#include "meters/lasting.h"

namespace submeter::meters {

bool Lasting::add(bool there, MonoTime now, bool ready) {
  const Duration since = last_ ? std::clamp(now - *last_, Duration::zero(), hold_ / 10) : Duration::zero();
  last_ = now;
  return add_weighted(there, since, ready);
}

bool Lasting::add_weighted(bool there, Duration weight, bool ready) {
  constexpr int kAgainst = 3;  // what contradicts the state as it is, has to prevail
  const bool change = there != standing_;
  const Duration by = change ? weight : weight * kAgainst;
  score_ = std::clamp(there ? score_ + by : score_ - by, Duration::zero(), hold_);
  const bool begins = !standing_ && there && ready && score_ == hold_;
  const bool ends = standing_ && score_ == Duration::zero();
  standing_ = begins || (standing_ && !ends);
  return begins || ends;
}

bool LastingSuspect::add(const std::optional<ScaleSuspect>& named, double load, bool proof, MonoTime now,
                         std::optional<Duration> weight) {
  constexpr double kMoved = 1.1;
  constexpr Duration kLongEnough = std::chrono::hours(24);
  if (named && *named != suspect_ && lasting_.idle()) {
    suspect_ = *named;
    since_ = now;
    smallest_load_ = largest_load_ = load;
  }
  const bool there = named && *named == suspect_;
  if (there) {
    smallest_load_ = std::min(smallest_load_, load);
    largest_load_ = std::max(largest_load_, load);
  }
  const bool ready = proof || largest_load_ >= kMoved * smallest_load_ || now - since_ >= kLongEnough;
  return weight ? lasting_.add_weighted(there, *weight, ready) : lasting_.add(there, now, ready);
}

}  // namespace submeter::meters
