// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "submeter/ids.h"

namespace submeter::store {

/// A run of records by their places in the stream, both ends included.
struct SequenceRange {
  Sequence first;
  Sequence last;
  std::uint64_t count() const { return last.value - first.value + 1; }
  bool operator==(const SequenceRange&) const = default;
};

}  // namespace submeter::store
