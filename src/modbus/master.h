// SPDX-License-Identifier: Apache-2.0
// The one who asks on a bus: one answer for every request, whatever the wire does.
//
// Owns the connection's life (opens the stream, reopens it with jittered back-off), the silent intervals, the
// response time-out and the counters. Does not own the stream, does not retry and does not decide what to
// read when: that is poll's. Loop thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "modbus/line_faults.h"
#include "modbus/pdu.h"
#include "submeter/time.h"

namespace submeter::modbus {

/// How one request ended, and what the asker does next.
enum class Outcome : std::uint8_t {
  kRegisters,  ///< Use them.
  kException,  ///< The meter answered no: by the code, drop the register or try next cycle.
  kTimeout,    ///< No answer: retry, then back off.
  kBadAnswer,  ///< Damaged or contradictory answer: retry.
  kBusDown,    ///< Port or connection is not there: wait until the bus is up.
};

struct ReadAnswer {
  Outcome outcome = Outcome::kBusDown;
  std::uint8_t exception_code = 0;
  std::vector<std::uint16_t> registers;  ///< As many as were asked for, or none.
  std::string reason;                    ///< For people; empty with kRegisters.
  MonoTime sent{};                       ///< The request's last byte left; on a serial line by its speed.
  MonoTime received{};                   ///< The answer's last byte came.
};

/// What happened on a bus since start. Every request ends in one of the outcomes.
struct BusCounters {
  std::uint64_t requests = 0;
  std::uint64_t answers = 0;
  std::uint64_t exceptions = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t bad_answers = 0;  ///< Requests that ended in a damaged or contradictory answer.
  std::uint64_t bus_downs = 0;    ///< Requests that the line took with it.
  FaultCounts faults;
  std::map<UnitId, FaultCounts> faults_of;  ///< Of units that had any.
  std::uint64_t connects = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;

  void count(Outcome outcome);
  void count(LineFault fault, UnitId unit);
  bool ever(LineFault fault, UnitId unit) const;
};

class Master {
 public:
  using Done = std::function<void(const ReadAnswer&)>;

  virtual ~Master() = default;
  /// Begins to open the line; never fails here.
  virtual void start() = 0;
  /// Another request can be taken now. False while the line is down, busy or in its silent interval.
  virtual bool ready() const = 0;
  /// Called on the loop when another request can be taken: when the line has come up or fallen silent, and
  /// after each answer that leaves room for one.
  virtual void on_ready(std::function<void()> listener) = 0;
  /// Called on the loop when the line comes up or goes down, and while it stays down for each new reason,
  /// with what it says about itself and when the next try is.
  virtual void on_line_state(std::function<void(bool up, const std::string& detail)> listener) = 0;
  /// Only while ready(). `done` is called exactly once from the loop, never out of this call; not after the
  /// master is destroyed, and it does not destroy the master. Callbacks may call read().
  virtual void read(const ReadRequest& request, Done done) = 0;
  /// From this instant on a question to `unit` goes out at once. Asked earlier it holds up the line until
  /// then, because an answer to the question before could still be taken for it.
  virtual MonoTime askable_at(UnitId unit) const = 0;
  virtual bool line_up() const = 0;
  virtual const BusCounters& counters() const = 0;
};

}  // namespace submeter::modbus
