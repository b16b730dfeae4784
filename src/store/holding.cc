// SPDX-License-Identifier: Apache-2.0
#include "store/holding.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "submeter/check.h"

namespace submeter::store {

Holding::Holding(Loop& loop, HeldNumber newest, HeldNumber done, std::function<void(StoreEvent)> tell)
    : tell_(std::move(tell)),
      taken_(newest),
      committed_(newest),
      released_(done),
      done_(done),
      timer_(loop, [this] { flush(); }) {}

void Holding::take(std::string text) {
  ++taken_.value;
  pending_.push_back({.number = taken_, .text = std::move(text)});
}

std::vector<HeldEntry> Holding::hand_over() {
  return std::exchange(pending_, {});
}

void Holding::take_back(std::vector<HeldEntry> entries) {
  std::ranges::move(pending_, std::back_inserter(entries));
  pending_ = std::move(entries);
}

void Holding::release(HeldNumber through) {
  SUBMETER_CHECK(through <= committed_);
  released_ = std::max(released_, through);
  leave(through);
}

HoldingStatus Holding::status() const {
  std::uint64_t waiting = taken_.value - done_.value;
  for (const auto& [last, range] : damaged_) waiting -= range.count();
  return {.waiting = waiting, .dropped = dropped_};
}

void Holding::on_committed(const std::vector<HeldEntry>& entries) {
  if (!entries.empty()) committed_ = entries.back().number;
}

// What was released while the drop was under way had become records before: it is not lost.
void Holding::on_dropped(HeldRange dropped) {
  const std::uint64_t lost = leave(dropped.last);
  dropped_ += lost;
  untold_ += lost;
  if (!timer_.armed()) flush();
}

void Holding::on_damage(const std::vector<HeldRange>& damaged, const std::string& path) {
  std::uint64_t lost = 0;
  HeldNumber first;
  for (HeldRange range : damaged) {
    range.first = std::max(range.first, HeldNumber{done_.value + 1});
    if (range.last <= done_ || !damaged_.emplace(range.last.value, range).second) continue;
    if (lost == 0) first = range.first;
    lost += range.count();
  }
  if (lost == 0) return;
  dropped_ += lost;
  tell_({.name = "store_damaged",
         .text = fmt::format("{}: {} readings that waited for a trusted clock are damaged, the first of them "
                             "number {} as they were held; they are skipped and lost",
                             path, lost, first.value),
         .first = {},
         .last = {}});
}

std::uint64_t Holding::leave(HeldNumber through) {
  if (through <= done_) return 0;
  std::uint64_t left = through.value - done_.value;
  done_ = through;
  while (!damaged_.empty() && damaged_.begin()->second.first <= through) {
    HeldRange& range = damaged_.begin()->second;
    left -= std::min(range.last, through).value - range.first.value + 1;
    range.first.value = through.value + 1;
    if (range.last > through) break;
    damaged_.erase(damaged_.begin());
  }
  return left;
}

void Holding::flush() {
  if (untold_ == 0) return;
  timer_.start_after(kInterval);
  tell_({.name = "held_dropped",
         .text =
             fmt::format("{} readings that waited for a trusted clock were dropped, the oldest: it is still "
                         "not trusted, and the store has no room for more of them; look at: chronyc tracking",
                         std::exchange(untold_, 0)),
         .first = {},
         .last = {}});
}

}  // namespace submeter::store
