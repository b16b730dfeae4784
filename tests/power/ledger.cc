// SPDX-License-Identifier: Apache-2.0
#include "tests/power/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <set>
#include <utility>

namespace submeter::power {
namespace {

bool has_event(const Found& found, std::string_view name) {
  return std::ranges::any_of(found.events,
                             [&](const store::StoreEvent& event) { return event.name == name; });
}

}  // namespace

std::string Ledger::check(const Found& found, std::uint32_t round) {
  for (const store::StoreEvent& event : found.events) {
    if (event.last.value > 0) told_missing(event.first.value, event.last.value);
  }
  for (const std::string& wrong :
       {check_continuity(found), check_records(found, round), check_undelivered(found), check_held(found)}) {
    if (!wrong.empty()) return wrong;
  }
  stream_ = found.stream;
  // What was carried over to a new file has new numbers, and what was told as lost is not missed again.
  held_.clear();
  for (const HeldEntry& entry : found.held) held_[entry.number.value] = entry.text;
  return "";
}

std::string Ledger::check_continuity(const Found& found) const {
  const auto known = rounds_.find(found.stream);
  const std::uint64_t newest =
      known == rounds_.end() || known->second.empty() ? 0 : known->second.rbegin()->first;
  if (found.next_seq <= newest) {
    return fmt::format("the next seq is {}, but {} was told as committed", found.next_seq, newest);
  }
  if (!stream_.empty() && found.stream != stream_ && !has_event(found, "stream_started")) {
    return fmt::format("the stream is {} instead of {}, and no event says so", found.stream, stream_);
  }
  if (!notes_.empty() && found.note != "" && std::ranges::find(notes_, found.note) == notes_.end()) {
    return fmt::format("the note is altered: {}", found.note);
  }
  return "";
}

std::string Ledger::check_records(const Found& found, std::uint32_t round) {
  for (const auto* records : {&found.kept, &found.undelivered}) {
    for (const Record& record : *records) {
      if (record.kind == RecordKind::kEvent) continue;
      const auto origin = origin_of(record);
      if (!origin || origin->round > round) return "no record was ever written as: " + record.json;
      Record written = make_record(*origin);
      written.seq = record.seq;
      if (record != written) {
        return fmt::format("record {} is altered: {} {} instead of {} {}", origin->seq, record.circuit,
                           record.json, written.circuit, written.json);
      }
      if (origin->stream == found.stream && origin->seq != record.seq.value) {
        return fmt::format("record {} stands at {}", origin->seq, record.seq.value);
      }
      const auto [known, fresh] = rounds_[origin->stream].emplace(origin->seq, origin->round);
      if (known->second != origin->round) return fmt::format("seq {} was given twice", origin->seq);
    }
  }
  return "";
}

bool Ledger::is_reported(std::uint64_t seq, const Found&) const {
  return std::ranges::any_of(missing_,
                             [&](const Range& range) { return range.first <= seq && seq <= range.last; });
}

std::string Ledger::check_undelivered(const Found& found) const {
  std::set<std::pair<std::string, std::uint64_t>> there;
  for (const Record& record : found.undelivered) {
    if (const auto origin = origin_of(record)) there.emplace(origin->stream, origin->seq);
  }
  for (const auto& [stream, rounds] : rounds_) {
    const auto last = delivered_.find(stream);
    const std::uint64_t delivered = last == delivered_.end() ? 0 : last->second;
    for (auto record = rounds.upper_bound(delivered); record != rounds.end(); ++record) {
      if (there.contains({stream, record->first}) || is_reported(record->first, found)) continue;
      return fmt::format("record {} of {} (newest told {}, delivered {}) is gone, and no event says so",
                         record->first, stream, rounds.rbegin()->first, delivered);
    }
  }
  return "";
}

std::string Ledger::check_held(const Found& found) const {
  const bool dropped = has_event(found, "held_dropped") || has_event(found, "store_set_aside") ||
                       std::ranges::any_of(found.events, [](const store::StoreEvent& event) {
                         return event.name == "store_damaged" && event.last == Sequence{};
                       });
  const bool renumbered = has_event(found, "stream_started");
  std::set<std::string> texts;
  for (const HeldEntry& entry : found.held) {
    const auto known = held_.find(entry.number.value);
    if (!renumbered && known != held_.end() && known->second != entry.text) {
      return fmt::format("held entry {} is altered: {}", entry.number.value, entry.text);
    }
    std::uint64_t n = 0;
    std::uint32_t round = 0;
    if (std::sscanf(entry.text.c_str(), "held %u:%lu ", &round, &n) != 2 ||
        entry.text != make_text(round, n)) {
      return "no entry was ever held as: " + entry.text;
    }
    texts.insert(entry.text);
  }
  for (const auto& [number, text] : held_) {
    if (!texts.contains(text) && !dropped)
      return fmt::format("held entry {} is gone, and no event says so", number);
  }
  return "";
}

std::size_t Ledger::promised() const {
  return std::accumulate(rounds_.begin(), rounds_.end(), std::size_t{0},
                         [](std::size_t sum, const auto& stream) { return sum + stream.second.size(); });
}

}  // namespace submeter::power
