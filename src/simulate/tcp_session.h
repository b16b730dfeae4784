// SPDX-License-Identifier: Apache-2.0
// One client of a Modbus TCP gateway: bytes in, answers out after their turnaround. Knows no descriptor, so
// that it runs in virtual time as well.
//
//   MBAP  transaction (2) · protocol 0 (2) · length (2: unit + PDU) · unit (1) · PDU (1–253)
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "simulate/answer_queue.h"
#include "simulate/responder.h"
#include "submeter/loop.h"

namespace submeter::simulate {

class TcpSession {
 public:
  using Output = std::function<void(std::span<const std::uint8_t>)>;

  /// `responder` outlives the session. `output` may not destroy it.
  TcpSession(Loop& loop, Responder& responder, Output output);

  /// Any chunking. False: this is not Modbus, the connection must be closed.
  [[nodiscard]] bool receive(std::span<const std::uint8_t> bytes);
  void reset();

 private:
  void on_request(std::span<const std::uint8_t> request);
  void deliver(const Answer& answer);
  void send(const Answer& answer);

  Loop& loop_;
  Responder& responder_;
  Output output_;
  std::vector<std::uint8_t> received_;
  std::optional<UnitId> paused_;  // in the middle of this unit's answer
  bool mute_ = false;             // in the middle of an answer for good
  std::vector<Answer> held_;      // behind it
  AnswerQueue answers_;
};

}  // namespace submeter::simulate
