// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bitset>
#include <optional>

#include "modbus/connection.h"
#include "modbus/frame.h"
#include "modbus/master.h"
#include "modbus/quarantine.h"
#include "modbus/response_timeouts.h"
#include "submeter/options.h"

namespace submeter::modbus {

/// The times of a serial line. Modbus serial line spec V1.02, 2.5.1.1.
struct RtuTiming {
  explicit RtuTiming(const SerialLine& line);
  Duration character;  ///< One character with start, parity and stop bits.
  Duration silence;    ///< T3.5: 3.5 characters, 1.75 ms above 19200 baud.
};

/// Asks on a serial line, its own or one behind a device server: one transaction at a time, each begun after
/// T3.5 of silence, its end found by the length of the answer. Woken about three times an answer, whatever
/// the speed: by its first character, when all but its last must have come, and by the last. How long to wait
/// is learnt by ResponseTimeouts; what comes late is kept away from the next question by a Quarantine.
class RtuMaster final : public Master, private Connection::User {
 public:
  /// An answer that began in time may take this much longer than its characters need: adapters hand over in
  /// blocks. Over a network it may take the response time-out.
  static constexpr std::chrono::milliseconds kPauseInAnswer{50};

  /// `response_timeout`, the longest, is counted from the end of the request's transmission to the begin of
  /// the answer.
  RtuMaster(Loop& loop, ByteStream& stream, Random& random, const SerialLine& line,
            Duration response_timeout);

  void start() override { connection_.start(); }
  bool ready() const override { return state_ == State::kReady && connection_.up(); }
  void on_ready(std::function<void()> listener) override { ready_listener_ = std::move(listener); }
  void on_line_state(Connection::StateListener listener) override {
    connection_.on_state(std::move(listener));
  }
  /// A unit in quarantine is asked when that ends; the line waits for it.
  void read(const ReadRequest& request, Done done) override;
  MonoTime askable_at(UnitId unit) const override { return quarantine_.unit_free_at(unit); }
  bool line_up() const override { return connection_.up(); }
  const BusCounters& counters() const override { return counters_; }

 private:
  enum class State : std::uint8_t {
    kDown,
    kQuiet,  ///< Until the timer ends the silent interval.
    kReady,
    kHeld,     ///< A request waits for the end of its unit's quarantine.
    kWaiting,  ///< For an answer, until the timer.
  };

  void on_line_up() override;
  void on_line_bytes(std::span<const std::uint8_t> bytes) override;
  void on_line_down(const std::string& reason) override;

  void on_timer();
  void become_quiet(MonoTime until);
  void become_ready();
  void stay_quiet();
  void hold_until(MonoTime when);
  void transmit();
  void await_rest();
  void begin_answer();
  void on_assembled(Assembly assembly, const Frame& frame);
  void on_answer(const Frame& frame);
  void on_unexpected(UnitId unit);
  void on_damaged();
  void on_timeout();
  std::string describe_timeout() const;
  void count_noise();
  void finish(ReadAnswer answer);

  Loop& loop_;
  RtuTiming timing_;
  Duration response_timeout_;
  Duration waiting_for_{};  // the time-out of the request under way
  BusCounters counters_;
  std::function<void()> ready_listener_;
  RtuAssembler assembler_;
  Quarantine quarantine_;
  ResponseTimeouts timeouts_;
  std::bitset<256> answered_in_full_;  // units, when they answered last

  State state_ = State::kDown;
  MonoTime quiet_limit_{};  // a line that babbles is tried all the same, and the failure told
  ReadRequest request_;     // with done_: of the request that is held or waited for
  Done done_;
  MonoTime sent_{};
  MonoTime heard_{};               // the last bytes were read
  std::optional<MonoTime> began_;  // when the answer's first bytes were seen
  Timer timer_;
  bool over_network_;  // behind a device server, whose latency is nothing to learn a unit's speed from
  Duration pause_;     // that an answer may make
  Connection connection_;
};

}  // namespace submeter::modbus
