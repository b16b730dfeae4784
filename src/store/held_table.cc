// SPDX-License-Identifier: Apache-2.0
#include "store/held_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "store/held_block.h"
#include "submeter/check.h"

namespace submeter::store {
namespace {

/// Blocks that hold ?1 or something behind it, in order, without walking over those before.
constexpr const char* kRead =
    "SELECT first_number, last_number, data FROM held WHERE last_number >= ?1 AND first_number >= "
    "(SELECT coalesce(max(first_number), 0) FROM held WHERE first_number <= ?1) ORDER BY first_number";
constexpr const char* kOldest = "SELECT last_number, length(data) FROM held ORDER BY first_number LIMIT ?1";

std::int64_t to_column(HeldNumber number) {
  return static_cast<std::int64_t>(number.value);
}

HeldNumber to_number(std::int64_t column) {
  return {static_cast<std::uint64_t>(column)};
}

/// How many of `entries` the next block takes: at least one.
std::size_t block_length(std::span<const HeldEntry> entries) {
  std::size_t count = 0;
  std::size_t bytes = 0;
  while (count < std::min(entries.size(), HeldTable::kMaxBlockEntries) && bytes < HeldTable::kMaxBlockBytes) {
    bytes += kHeldOverhead + entries[count].text.size();
    ++count;
  }
  return count;
}

}  // namespace

Result<void> HeldTable::open() {
  const std::pair<Statement*, const char*> statements[] = {
      {&insert_, "INSERT INTO held VALUES (?1, ?2, ?3)"},
      {&remove_, "DELETE FROM held WHERE first_number <= ?1"},
      {&save_done_, "UPDATE state SET held_done = ?1, held_check = -1 - ?1"},
      {&oldest_, kOldest},
      {&read_, kRead},
  };
  if (Result<void> done = database_.prepare(statements); !done) return done;
  const auto done = database_.query_number("SELECT held_done FROM state");
  if (!done) return done.error();
  const auto check = database_.query_number("SELECT held_check FROM state");
  if (!check) return check.error();
  if (*check != -1 - *done) return database_.damage("which held entries were released cannot be read");
  const auto last = database_.query_number("SELECT last_number FROM held ORDER BY first_number DESC LIMIT 1");
  if (!last) return last.error();
  const std::string sum = fmt::format("SELECT sum(length(data) + {}) FROM held", kRowOverhead);
  const auto data = database_.query_number(sum.c_str());
  if (!data) return data.error();
  done_ = to_number(*done);
  newest_ = std::max(done_, to_number(*last));
  bytes_ = static_cast<std::uint64_t>(*data);
  return {};
}

Result<void> HeldTable::add(std::span<const HeldEntry> entries) {
  while (!entries.empty()) {
    const std::size_t count = block_length(entries);
    if (Result<void> done = add_block(entries.first(count)); !done) return done;
    entries = entries.subspan(count);
  }
  return {};
}

Result<void> HeldTable::add_block(std::span<const HeldEntry> entries) {
  SUBMETER_CHECK(entries.front().number.value == newest_.value + 1);
  const std::vector<std::uint8_t> data = encode_held_block(entries);
  insert_.bind(1, to_column(entries.front().number)).bind(2, to_column(entries.back().number));
  if (Result<void> done = insert_.bind(3, std::span(data)).run(); !done) return database_.noted(done.error());
  newest_ = entries.back().number;
  bytes_ += data.size() + kRowOverhead;
  return {};
}

Result<void> HeldTable::set_done(HeldNumber done) {
  SUBMETER_CHECK(done <= newest_);
  if (done <= done_) return {};
  done_ = done;
  return database_.noted(save_done_.bind(1, to_column(done)).run());
}

Result<void> HeldTable::release(HeldNumber through) {
  if (Result<void> done = set_done(through); !done) return done;
  const auto removed = remove_front([this](const Block& block) { return block.last <= done_; });
  return removed ? Result<void>() : removed.error();
}

Result<std::optional<HeldRange>> HeldTable::drop_oldest(std::uint64_t bytes) {
  const std::uint64_t kept = bytes_ - std::min(bytes, bytes_);
  std::uint64_t left = bytes_;
  const auto removed = remove_front([&](const Block& block) {
    if (left <= kept) return false;
    left -= block.bytes;
    return true;
  });
  if (!removed) return removed.error();
  if (!*removed || **removed <= done_) return std::optional<HeldRange>();
  const HeldRange dropped{HeldNumber{done_.value + 1}, **removed};
  if (Result<void> done = set_done(dropped.last); !done) return done.error();
  return std::optional(dropped);
}

Result<std::optional<HeldNumber>> HeldTable::remove_front(const std::function<bool(const Block&)>& goes) {
  std::optional<HeldNumber> last;
  if (bytes_ == 0) return last;
  const ResetAtExit reset(oldest_);
  oldest_.bind(1, static_cast<std::int64_t>(kBite));
  while (true) {
    const Result<bool> row = oldest_.next();
    if (!row) return database_.noted(row.error());
    if (!*row) break;
    const Block block{.last = to_number(oldest_.integer(0)),
                      .bytes = static_cast<std::uint64_t>(oldest_.integer(1)) + kRowOverhead};
    if (!goes(block)) break;
    last = block.last;
    bytes_ -= std::min(bytes_, block.bytes);
  }
  oldest_.reset();
  if (!last) return last;
  if (Result<void> done = remove_.bind(1, to_column(*last)).run(); !done)
    return database_.noted(done.error());
  return last;
}

Result<HeldReadOutcome> HeldTable::read_after(HeldNumber after, std::size_t limit) {
  const ResetAtExit reset(read_);
  const HeldNumber from{std::max(after, done_).value + 1};
  read_.bind(1, to_column(from));
  HeldReadOutcome outcome;
  HeldNumber expected = from;
  while (outcome.entries.size() < limit) {
    const Result<bool> row = read_.next();
    if (!row) return database_.noted(row.error());
    if (!*row) break;
    const HeldRange range{to_number(read_.integer(0)), to_number(read_.integer(1))};
    if (range.first > expected) outcome.damaged.push_back({expected, HeldNumber{range.first.value - 1}});
    expected = HeldNumber{std::max(expected.value, range.last.value + 1)};
    Result<std::vector<HeldEntry>> block = decode_held_block(read_.blob(2));
    if (!block || block->front().number != range.first || block->back().number != range.last) {
      outcome.damaged.push_back(range);
      continue;
    }
    for (HeldEntry& entry : *block) {
      if (entry.number >= from && outcome.entries.size() < limit) outcome.entries.push_back(std::move(entry));
    }
  }
  return outcome;
}

}  // namespace submeter::store
