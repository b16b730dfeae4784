// SPDX-License-Identifier: Apache-2.0
// A ByteStream whose far end is a bus of simulated meters, in the time of the loop it is given: with a
// SimulatedLoop, weeks of RTU or TCP traffic in a moment, with every character where it would be.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "simulate/responder.h"
#include "simulate/rtu_line.h"
#include "simulate/tcp_session.h"
#include "submeter/byte_stream.h"
#include "submeter/loop.h"
#include "submeter/options.h"
#include "tests/support/held_input.h"

namespace submeter::test {

class SimulatedBus final : public ByteStream {
 public:
  /// `responder` has the framing of `options` and outlives the bus.
  SimulatedBus(Loop& loop, const BusOptions& options, simulate::Responder& responder,
               simulate::Echo echo = simulate::Echo::kNo)
      : input_(loop, [this](std::span<const std::uint8_t> bytes) { listener_->on_bytes(bytes); }),
        event_(loop, [this] { tell(); }) {
    auto output = [this](std::span<const std::uint8_t> bytes) {
      if (open_) input_.arrive(bytes);
    };
    if (const auto* line = std::get_if<SerialLine>(&options.line)) {
      rtu_.emplace(loop, *line, responder, output, echo);
    } else {
      tcp_.emplace(loop, responder, output);
    }
  }

  void set_listener(Listener& listener) override { listener_ = &listener; }
  void open() override { event_.start_after(Duration::zero()); }
  void close() override {
    event_.cancel();
    open_ = false;
    failure_.reset();
    reset_far_end();
  }
  void write(std::span<const std::uint8_t> bytes) override {
    if (!open_) return;
    ++writes_;
    if (rtu_) rtu_->receive(bytes);
    if (tcp_ && !tcp_->receive(bytes)) fail({"the meters closed the connection"});
  }
  std::size_t discard_input() override { return input_.discard(); }
  void hold_input_until(MonoTime when) override { input_.hold_until(when); }
  std::string describe() const override { return "simulated bus"; }

  /// From now on the line is broken, and cannot be opened either, until mend().
  void break_line(std::string reason) {
    broken_ = Error{std::move(reason)};
    if (open_) fail(*broken_);
  }
  void mend() { broken_.reset(); }
  bool is_open() const { return open_; }
  /// Chunks written so far; a master writes one a request.
  std::size_t writes() const { return writes_; }

 private:
  void fail(Error reason) {
    open_ = false;
    failure_ = std::move(reason);
    reset_far_end();
    event_.start_after(Duration::zero());
  }
  void tell() {
    if (const auto failure = std::exchange(failure_, std::nullopt)) return listener_->on_down(*failure);
    if (broken_) return listener_->on_down(*broken_);
    open_ = true;
    listener_->on_open();
  }
  void reset_far_end() {
    input_.reset();
    if (rtu_) rtu_->reset();
    if (tcp_) tcp_->reset();
  }

  Listener* listener_ = nullptr;
  bool open_ = false;
  std::size_t writes_ = 0;
  std::optional<Error> failure_;
  std::optional<Error> broken_;
  std::optional<simulate::RtuLine> rtu_;
  std::optional<simulate::TcpSession> tcp_;
  HeldInput input_;
  Timer event_;
};

}  // namespace submeter::test
