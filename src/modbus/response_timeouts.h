// SPDX-License-Identifier: Apache-2.0
// How long the answer of a unit is waited for on a serial line, where nobody else can speak meanwhile: as
// long as this unit needs, not as long as the slowest meter on the market. Pure.
//
// Until a unit has shown how fast it is, and at most ever, the configured response time-out. Then three times
// the slowest answer it has given and a margin; after each time-out twice as long, so that a meter that has
// grown slow is heard again. On TCP the configured time-out stands: there a wait costs nobody anything, and
// what a gateway does for another unit is in the latency of this one.
#pragma once

#include <array>
#include <chrono>

#include "submeter/ids.h"
#include "submeter/time.h"

namespace submeter::modbus {

class ResponseTimeouts {
 public:
  /// As many answers show how fast a unit is.
  static constexpr unsigned kAnswersToLearn = 32;
  static constexpr unsigned kEarlyToBelieve = 8;
  static constexpr std::chrono::milliseconds kMargin{100};

  explicit ResponseTimeouts(Duration longest) : longest_(longest) {}

  /// From the end of a request to the begin of its answer.
  Duration of(UnitId unit) const;
  /// The answer of `unit` began `latency` after the end of the request; before it, negative, only where the
  /// line's speed is not real: a pseudo-terminal, or a device server with another speed behind it.
  void answered(UnitId unit, Duration latency);
  /// False: what began so early is no answer to this request, this unit never was so fast. After
  /// kEarlyToBelieve such without another answer it has become so.
  bool plausible(UnitId unit, Duration latency);
  void timed_out(UnitId unit);
  /// The answer came after its time-out, `latency` after the end of the request.
  void late(UnitId unit, Duration latency);
  /// The line was opened anew: other meters may be behind it, with another speed.
  void forget_speeds();

 private:
  struct Unit {
    Duration slowest{};
    unsigned answers = 0;
    unsigned timeouts = 0;  // in a row
    unsigned doubted = 0;   // answers before the request's end, in a row
    bool in_time = false;   // an answer has come after the request's end
    bool early = false;     // one before it was believed
  };

  Duration longest_;
  std::array<Unit, 256> units_{};
};

}  // namespace submeter::modbus
