// SPDX-License-Identifier: Apache-2.0
// ByteStream::hold_input_until() for the fakes: what comes while it holds is delivered when it ends.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "submeter/loop.h"

namespace submeter::test {

class HeldInput {
 public:
  using Deliver = std::function<void(std::span<const std::uint8_t>)>;

  HeldInput(Loop& loop, Deliver deliver) : deliver_(std::move(deliver)), hold_(loop, [this] { let_go(); }) {}

  void arrive(std::span<const std::uint8_t> bytes) {
    if (!hold_.armed()) return deliver_(bytes);
    held_.insert(held_.end(), bytes.begin(), bytes.end());
  }
  void hold_until(MonoTime when) { hold_.start_at(when); }
  std::size_t discard() { return std::exchange(held_, {}).size(); }
  void reset() {
    held_.clear();
    hold_.cancel();
  }

 private:
  void let_go() {
    const auto bytes = std::exchange(held_, {});
    if (!bytes.empty()) deliver_(bytes);
  }

  Deliver deliver_;
  std::vector<std::uint8_t> held_;
  Timer hold_;
};

}  // namespace submeter::test
