// SPDX-License-Identifier: Apache-2.0
#include "store/held_block.h"

#include <algorithm>
#include <string_view>

#include "store/sealed_bytes.h"
#include "submeter/check.h"

namespace submeter::store {
namespace {

constexpr std::string_view kName = "SMH1";

}  // namespace

std::vector<std::uint8_t> encode_held_block(std::span<const HeldEntry> entries) {
  SUBMETER_CHECK(!entries.empty() && entries.size() <= UINT32_MAX);
  SealedWriter out(kName);
  out.put(entries.front().number.value);
  out.put(static_cast<std::uint32_t>(entries.size()));
  HeldNumber expected = entries.front().number;
  for (const HeldEntry& entry : entries) {
    SUBMETER_CHECK(entry.number == expected && entry.text.size() <= UINT32_MAX);
    ++expected.value;
    out.put(static_cast<std::uint32_t>(entry.text.size()));
    out.put(entry.text);
  }
  return out.seal();
}

Result<std::vector<HeldEntry>> decode_held_block(std::span<const std::uint8_t> bytes) {
  Result<Taker> taker = open_sealed(bytes, kName);
  if (!taker) return taker.error();
  const auto first = taker->number<std::uint64_t>();
  const auto count = taker->number<std::uint32_t>();
  std::vector<HeldEntry> entries;
  entries.reserve(std::min<std::size_t>(count, taker->left() / kHeldOverhead));
  for (std::uint32_t i = 0; i < count && !taker->failed(); ++i) {
    const auto length = taker->number<std::uint32_t>();
    entries.push_back({.number = HeldNumber{first + i}, .text = taker->text(length)});
  }
  if (taker->failed() || taker->left() != 0 || count == 0) return Error{"the block's lengths do not add up"};
  return entries;
}

}  // namespace submeter::store
