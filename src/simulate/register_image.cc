// SPDX-License-Identifier: Apache-2.0
#include "simulate/register_image.h"

#include <algorithm>

namespace submeter::simulate {

RegisterImage::RegisterImage(std::span<const meters::RegisterRange> used, std::uint16_t filled_hole) {
  std::vector<meters::RegisterRange> ranges(used.begin(), used.end());
  std::ranges::sort(ranges);
  for (const meters::RegisterRange& range : ranges) {
    const std::size_t start = range.address.value;
    const std::size_t end = std::min<std::size_t>(start + range.count, 0x10000);
    const bool joins = !blocks_.empty() && blocks_.back().table == range.table &&
                       start <= blocks_.back().start + blocks_.back().words.size() + filled_hole;
    if (!joins) blocks_.push_back({.table = range.table, .start = range.address.value, .words = {}});
    RegisterBlock& block = blocks_.back();
    block.words.resize(std::max(block.words.size(), end - block.start));
  }
}

void RegisterImage::store(meters::Table table, RegisterAddress address,
                          std::span<const std::uint16_t> words) {
  for (RegisterBlock& block : blocks_) {
    if (block.table != table || address.value < block.start) continue;
    const std::size_t offset = address.value - block.start;
    if (offset + words.size() > block.words.size()) continue;
    std::ranges::copy(words, block.words.begin() + static_cast<std::ptrdiff_t>(offset));
    return;
  }
}

const RegisterBlock* RegisterImage::find(meters::Table table, std::uint16_t address) const {
  const auto found = std::ranges::find_if(blocks_, [table, address](const RegisterBlock& block) {
    return block.table == table && address >= block.start &&
           address - block.start < static_cast<int>(block.words.size());
  });
  return found == blocks_.end() ? nullptr : &*found;
}

}  // namespace submeter::simulate
