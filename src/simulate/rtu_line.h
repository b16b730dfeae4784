// SPDX-License-Identifier: Apache-2.0
// A serial line in time: bytes take as long as their bits, frames end with silence, answers come character by
// character. Modbus serial line spec V1.02, 2.5.1.1. Knows no descriptor, so that it runs in virtual time as
// well.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "simulate/answer_queue.h"
#include "simulate/responder.h"
#include "submeter/loop.h"
#include "submeter/options.h"

namespace submeter::simulate {

/// Whether the asker hears itself, as on two wires with the receiver left on.
enum class Echo : std::uint8_t { kNo, kYes };

class RtuLine {
 public:
  using Output = std::function<void(std::span<const std::uint8_t>)>;

  /// `responder` outlives the line. `output` gets the answers' characters when their last bit has passed.
  RtuLine(Loop& loop, const SerialLine& line, Responder& responder, Output output, Echo echo = Echo::kNo);

  /// Bytes handed to the line now: the last is there after as many character times, and after what was handed
  /// to it before.
  void receive(std::span<const std::uint8_t> bytes);
  /// Forgets what is under way.
  void reset();
  Duration character_time() const { return character_time_; }
  /// The silence that ends a frame: 3.5 characters, 1.75 ms above 19200 baud.
  Duration frame_gap() const { return frame_gap_; }

 private:
  void on_silence();
  void send(std::span<const std::uint8_t> bytes);
  void plan_next_chunk();
  void send_chunk();

  Loop& loop_;
  Responder& responder_;
  Output output_;
  Echo echo_;
  Duration character_time_;
  Duration frame_gap_;
  std::size_t chunk_;  // characters handed over together: as many as fit a millisecond, at least one

  std::vector<std::uint8_t> request_;
  MonoTime request_end_{};
  std::vector<std::uint8_t> sending_;
  MonoTime sent_until_{};
  Timer silence_;
  Timer sender_;
  AnswerQueue answers_;
};

}  // namespace submeter::simulate
