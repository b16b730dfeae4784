// SPDX-License-Identifier: Apache-2.0
// The meters of one bus as a function from request to answer, without a wire and without waiting: what
// servers on pseudo-terminals and sockets share with tests in virtual time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "simulate/faults.h"
#include "simulate/modbus_server.h"
#include "simulate/simulated_meter.h"
#include "simulate/spoiled_answer.h"
#include "submeter/ids.h"
#include "submeter/time.h"

namespace submeter::simulate {

class Responder {
 public:
  /// How long a meter thinks, unless its faults say otherwise; the second is of a meter behind a TCP gateway.
  static constexpr Duration kRtuTurnaround = std::chrono::milliseconds{20};
  static constexpr Duration kTcpTurnaround = std::chrono::milliseconds{5};

  /// Loads begin at `start`.
  Responder(Framing framing, MonoTime start) : server_(framing), start_(start) {}

  /// Of two meters with one unit the first answers. Another `seed` is another run of luck.
  void add(SimulatedMeter meter, const Faults& faults, std::uint64_t seed = 0);
  /// From now on; `unit` is there.
  void change_faults(UnitId unit, const Faults& faults);
  /// `request`: any bytes between two silences of a serial line, or one MBAP frame. Empty: nobody answers;
  /// more than one: faults. A unit that is not there says nothing on a serial line, and 0x0B (gateway target
  /// failed to respond) on TCP. Meters are read only: any function but 3 and 4 is refused with 0x01.
  std::vector<Answer> answers(std::span<const std::uint8_t> request, MonoTime now);
  Framing framing() const { return server_.framing(); }

 private:
  struct Member {
    SimulatedMeter meter;
    FaultDice dice;
  };

  Member* find(UnitId unit);
  std::vector<std::uint8_t> reply(Member& member, std::span<const std::uint8_t> request, MonoTime now);
  Answer make_answer(UnitId unit, std::vector<std::uint8_t> adu) const;

  ModbusServer server_;
  MonoTime start_;
  std::vector<Member> members_;
};

}  // namespace submeter::simulate
