// SPDX-License-Identifier: Apache-2.0
#include "store/latest_times.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "store/sealed_bytes.h"

namespace submeter::store {
namespace {

constexpr std::string_view kName = "SMT1";

}  // namespace

LatestTimes::LatestTimes(std::span<const std::uint8_t> bytes) {
  Result<Taker> taker = open_sealed(bytes, kName);
  while (taker && taker->left() > 0) {
    const Sequence last{taker->number<std::uint64_t>()};
    const auto ms = static_cast<std::int64_t>(taker->number<std::uint64_t>());
    if (taker->failed()) {
      stretches_.clear();
      return;
    }
    if (!stretches_.empty()) length_ = std::max(length_, last.value - reached().value);
    stretches_.push_back({last, UtcTime{std::chrono::milliseconds{ms}}});
  }
}

std::vector<std::uint8_t> LatestTimes::encode() const {
  SealedWriter out(kName);
  for (const Stretch& stretch : stretches_) {
    out.put(stretch.last.value);
    out.put(static_cast<std::uint64_t>(stretch.latest.time_since_epoch().count()));
  }
  return out.seal();
}

void LatestTimes::add(Sequence last, UtcTime latest) {
  stretches_.push_back({last, latest});
  join();
  while (stretches_.size() > kMaxStretches) {
    length_ *= 2;
    join();
  }
}

// Takes neighbours together that are one stretch's length at most.
void LatestTimes::join() {
  std::vector<Stretch> joined;
  std::uint64_t before = 0;  // the last sequence of the stretch before the newest in `joined`
  for (const Stretch& stretch : stretches_) {
    if (!joined.empty() && stretch.last.value - before <= length_) {
      joined.back() = {stretch.last, std::max(joined.back().latest, stretch.latest)};
    } else {
      before = joined.empty() ? 0 : joined.back().last.value;
      joined.push_back(stretch);
    }
  }
  stretches_ = std::move(joined);
}

void LatestTimes::forget(Sequence through) {
  std::erase_if(stretches_, [&](const Stretch& stretch) { return stretch.last <= through; });
}

Sequence LatestTimes::all_earlier(UtcTime since) const {
  Sequence through;
  for (const Stretch& stretch : stretches_) {
    if (stretch.latest >= since) break;
    through = stretch.last;
  }
  return through;
}

}  // namespace submeter::store
