// SPDX-License-Identifier: Apache-2.0
// Which times a circuit has used, because (circuit, kind, ts) is the key of a record and must be given once.
//
// While the clock runs forwards the newest time is all there is to know. After it was set back the circuit
// relives times it has used: these are noted from the store, and what is relived keeps its true time unless
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
    /// `time` was given to a record, by this process or an earlier one.
    void note(UtcTime time);
    /// Not later than a time the circuit has used.
    bool relives(UtcTime time) const { return newest_ && time <= *newest_; }
    /// `time`, or the first free millisecond after it.
    UtcTime first_free(UtcTime time) const;
    /// A record has this time now.
    void take(UtcTime time);

   private:
    bool is_taken(UtcTime time) const;

    std::optional<UtcTime> newest_;
    /// The last few, for corrections of the clock too small to be called a step.
    std::array<std::optional<UtcTime>, 4> latest_;
    std::size_t next_ = 0;
    std::set<UtcTime> relived_;  // emptied when the newest is past
  };

  /// Valid for ever; as many as were ever configured.
  Circuit& of(const std::string& circuit) { return circuits_[circuit]; }

 private:
  std::map<std::string, Circuit> circuits_;
};

}  // namespace submeter::clock
