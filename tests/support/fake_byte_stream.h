// SPDX-License-Identifier: Apache-2.0
// A line in virtual time: notes what is written and when, and delivers what the script says, in any chunks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "submeter/byte_stream.h"
#include "submeter/check.h"
#include "submeter/loop.h"
#include "tests/support/held_input.h"

namespace submeter::test {

class FakeByteStream final : public ByteStream {
 public:
  using Bytes = std::vector<std::uint8_t>;
  struct Written {
    Bytes bytes;
    MonoTime at{};
  };

  explicit FakeByteStream(Loop& loop)
      : loop_(loop),
        input_(loop, [this](std::span<const std::uint8_t> bytes) { deliver(bytes); }),
        opening_(loop, [this] { finish_opening(); }) {}

  /// While set, open() ends in on_down() with this reason.
  std::string refusal;
  /// Bytes that are there and not delivered yet when the next discard_input() comes.
  std::size_t undelivered = 0;
  /// The far end: called with each write, from within it; answers with arrive_after().
  std::function<void(std::span<const std::uint8_t>)> far_end;

  const std::vector<Written>& written() const { return written_; }
  std::size_t opens() const { return opens_; }
  std::size_t discards() const { return discards_; }
  bool is_open() const { return open_; }
  /// How often the listener was woken by bytes.
  std::size_t deliveries() const { return deliveries_; }

  /// Bytes come in now. From a task or timer of the loop, or between its runs.
  void arrive(std::span<const std::uint8_t> bytes) {
    SUBMETER_CHECK(open_);
    input_.arrive(bytes);
  }
  /// Bytes come in later, unless the line closes before.
  void arrive_after(Duration delay, Bytes bytes) {
    arrivals_.emplace_back(loop_, [this, connection = opens_, bytes = std::move(bytes)] {
      if (open_ && connection == opens_) input_.arrive(bytes);
    });
    arrivals_.back().start_after(delay);
  }
  /// The line breaks now.
  void fall(const std::string& reason) {
    SUBMETER_CHECK(open_);
    open_ = false;
    input_.reset();
    listener_->on_down({reason});
  }

  void set_listener(Listener& listener) override { listener_ = &listener; }
  void open() override {
    SUBMETER_CHECK(listener_ != nullptr && !open_ && !opening_.armed());
    ++opens_;
    opening_.start_after(Duration::zero());
  }
  void close() override {
    open_ = false;
    input_.reset();
    opening_.cancel();
  }
  void write(std::span<const std::uint8_t> bytes) override {
    SUBMETER_CHECK(open_);
    written_.push_back({Bytes(bytes.begin(), bytes.end()), loop_.now()});
    if (far_end) far_end(bytes);
  }
  std::size_t discard_input() override {
    ++discards_;
    return std::exchange(undelivered, 0) + input_.discard();
  }
  void hold_input_until(MonoTime when) override { input_.hold_until(when); }
  std::string describe() const override { return "fake line"; }

 private:
  void finish_opening() {
    open_ = refusal.empty();
    if (open_) {
      listener_->on_open();
    } else {
      listener_->on_down({refusal});
    }
  }

  void deliver(std::span<const std::uint8_t> bytes) {
    ++deliveries_;
    listener_->on_bytes(bytes);
  }

  Loop& loop_;
  Listener* listener_ = nullptr;
  bool open_ = false;
  std::size_t deliveries_ = 0;
  std::size_t opens_ = 0;
  std::size_t discards_ = 0;
  std::vector<Written> written_;
  std::list<Timer> arrivals_;
  HeldInput input_;
  Timer opening_;
};

}  // namespace submeter::test
