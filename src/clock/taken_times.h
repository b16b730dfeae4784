// SPDX-License-Identifier: Apache-2.0
// Which times a circuit has used, because (circuit, kind, ts) is the key of a record and must be given once.
//
// While the clock runs forwards no time comes again. After it was set back the circuit relives times it has
// used: these are noted from the store and forgotten as they pass. What is relived keeps its true time unless
// that very millisecond is taken; then it gets the next free one. Events are kept as a circuit without a
// name.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "submeter/time.h"

namespace submeter::clock {

class TakenTimes {
 public:
  class Circuit {
   public:
    /// Longer than a circuit's interval: a time that was used so soon after belongs to the same stretch of
    /// life.
    static constexpr std::chrono::hours kNear{2};

    /// `time` was given to a record before the clock was set back, or by an earlier process.
    void note(UtcTime time) { noted_.insert(time); }
    /// The circuit has used this time, or one soon after it.
    bool relives(UtcTime time) const;
    /// `time`, or the first free millisecond after it.
    UtcTime first_free(UtcTime time) const;
    /// A record has this time now.
    void take(UtcTime time);

   private:
    std::set<UtcTime> noted_;
    /// The last few of this process: two readings can be closer than a millisecond.
    std::array<std::optional<UtcTime>, 4> latest_;
    std::size_t next_ = 0;
  };

  /// Valid for ever; as many as were ever configured.
  Circuit& of(const std::string& circuit) { return circuits_[circuit]; }

 private:
  std::map<std::string, Circuit> circuits_;
};

}  // namespace submeter::clock
