// SPDX-License-Identifier: Apache-2.0
// A two-wire serial line with meters on it, on a pseudo-terminal, in real time; and the recorder of what the
// one who asks does to it.
//
// A request lasts as long as its characters need from the instant it comes; the meter answers a turnaround
// later, character by character (or in blocks, as adapters hand them over). The recorder measures, by the
// line's own clock, from the end of what was on the line to the first byte of the next request: shorter than
// T3.5 is a violation.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "usage.h"

namespace submeter::bench {

struct LineOptions {
  int baud = 9600;
  int bits = 11;  ///< Of a character, start and stop included.
  std::chrono::microseconds turnaround{5000};
  std::size_t block = 1;                   ///< Characters delivered at once.
  std::set<unsigned> silent;               ///< Units that never answer.
  double faults = 0;                       ///< Share of the answers that each kind of fault spoils.
  std::chrono::milliseconds timeout{500};  ///< After which an answer is late.
  unsigned seed = 1;
};

/// What the recorder saw.
struct LineRecord {
  std::uint64_t requests = 0;
  std::uint64_t broken = 0;      ///< Bytes that were no request.
  std::uint64_t violations = 0;  ///< Requests after less silence than T3.5.
  std::uint64_t collisions = 0;  ///< Of these, into an answer. With late answers nobody's fault.
  std::map<unsigned, std::uint64_t> by_unit;
  std::map<std::string, std::uint64_t> faults;
  std::vector<float> periods_us;  ///< From request to request, the first not.
  std::vector<float> gaps_us;     ///< Silence before a request, the first not.
  std::vector<float> late_us;     ///< How much later than due the line delivered each answer's end.
};

class RtuLine {
 public:
  /// Makes the pseudo-terminal and a link to it; throws when that cannot be.
  RtuLine(const std::string& link, const LineOptions& options);

  int fd() const { return fd_; }
  /// Takes what has been sent so far and delivers what is due at `now`.
  void run(Clock::time_point now);
  /// When something is to be delivered next; max() when nothing is.
  Clock::time_point next_delivery() const;
  /// When the line has been silent for T3.5.
  Clock::time_point silent_at() const { return last_activity_ + silence_; }
  Clock::duration silence() const { return silence_; }
  const LineRecord& record() const { return record_; }
  /// Begins a new record.
  void forget() { record_ = {}; }

 private:
  using Bytes = std::vector<std::uint8_t>;
  struct Transmission {
    Clock::time_point begin;
    Bytes bytes;
    std::size_t delivered = 0;
  };

  void receive();
  void on_request(Clock::time_point now);
  void note_gap(Clock::time_point begin);
  void answer(Clock::time_point request_end);
  void spoil(Bytes& answer, Clock::time_point& begin);
  Bytes framed(unsigned unit, unsigned function, unsigned address, unsigned count) const;
  void transmit(Clock::time_point begin, Bytes bytes);
  Clock::time_point due(const Transmission& transmission) const;
  void deliver(Transmission& transmission, Clock::time_point now);
  double chance() { return std::uniform_real_distribution<double>()(random_); }
  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
  }

  LineOptions options_;
  Clock::duration character_;
  Clock::duration silence_;
  int fd_ = -1;
  int other_end_ = -1;  // kept open, so that the line outlives who asks
  Bytes incoming_;
  Clock::time_point request_begin_{};
  Clock::time_point last_request_{};
  Clock::time_point last_activity_{};
  std::deque<Transmission> outgoing_;
  std::mt19937 random_;
  LineRecord record_;
};

}  // namespace submeter::bench
