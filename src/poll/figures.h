// SPDX-License-Identifier: Apache-2.0
// The figures a technician looks at: how fast a meter answers, how busy a bus is. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "submeter/time.h"

namespace submeter::poll {

/// Response times of the newest answers.
class ResponseTimes {
 public:
  static constexpr std::size_t kNewest = 64;

  void add(Duration time);
  /// The smallest time that `percent` of the answers did not exceed (nearest rank); 100 is the longest. Zero
  /// without an answer.
  Duration percentile(unsigned percent) const;

 private:
  std::array<Duration, kNewest> times_{};
  std::uint64_t added_ = 0;
};

/// Share of the last minute in which something was under way. The minute begins with a whole second of the
/// clock: it is up to a second short.
class BusyShare {
 public:
  explicit BusyShare(MonoTime start) : start_(start), accounted_(start) {}

  /// From `now` on.
  void set_busy(bool busy, MonoTime now);
  /// 0…1; of the time since start while that is less than a minute.
  double share(MonoTime now) const;

 private:
  static constexpr std::int64_t kSeconds = 60;
  struct Slot {
    std::int64_t second = -1;
    Duration busy{};
  };

  void account(MonoTime now);

  MonoTime start_;
  MonoTime accounted_;
  bool busy_ = false;
  std::array<Slot, kSeconds> slots_{};
};

}  // namespace submeter::poll
