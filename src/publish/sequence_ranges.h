// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "submeter/ids.h"

namespace submeter::publish {

/// Every record there is after `after`, up to and including `through`. So written it does not matter which
/// numbers in between are missing.
struct SequenceRange {
  Sequence after;
  Sequence through;
  bool operator==(const SequenceRange&) const = default;
};

/// A set of records as a sorted list of ranges; those that touch are one.
class SequenceRanges {
 public:
  void add(SequenceRange range);
  /// The range that holds `seq`.
  std::optional<SequenceRange> at(Sequence seq) const;
  /// The end of what follows `position` without a break; `position` itself where nothing does.
  Sequence end_from(Sequence position) const;
  /// What of `range` is not in the set.
  std::vector<SequenceRange> gaps(SequenceRange range) const;
  /// What lies at or before `position` is of no more interest.
  void forget_through(Sequence position);
  /// Drops the newest ranges beyond the first `most`, as far as they begin at or after `position`.
  void shorten(std::size_t most, Sequence position);
  std::size_t size() const { return ranges_.size(); }

 private:
  std::vector<SequenceRange> ranges_;
};

}  // namespace submeter::publish
