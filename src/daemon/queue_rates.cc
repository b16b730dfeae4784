// SPDX-License-Identifier: Apache-2.0
#include "daemon/queue_rates.h"

#include <chrono>

namespace submeter::daemon {
namespace {

// What was lost is counted when it is found, which may be before the cursor has passed it: never below zero.
double per_second(std::uint64_t before, std::uint64_t now, Duration over) {
  return now > before ? static_cast<double>(now - before) / std::chrono::duration<double>(over).count() : 0.0;
}

}  // namespace

void QueueRates::note(MonoTime now, Totals totals) {
  looks_.push_back({now, totals});
  while (looks_.size() > 1 && now - looks_[1].at >= kSpan) looks_.pop_front();
}

std::optional<QueueRates::Rates> QueueRates::rates(MonoTime now, Totals totals) const {
  if (looks_.empty() || now - looks_.front().at < std::chrono::seconds{1}) return std::nullopt;
  const auto& [at, before] = looks_.front();
  return Rates{.recorded = per_second(before.recorded, totals.recorded, now - at),
               .delivered = per_second(before.delivered, totals.delivered, now - at),
               .over = now - at};
}

}  // namespace submeter::daemon
