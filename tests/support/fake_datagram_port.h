// SPDX-License-Identifier: Apache-2.0
// A peer by script: notes what is sent and when, and delivers what the test says.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "submeter/check.h"
#include "submeter/datagram_port.h"
#include "submeter/loop.h"

namespace submeter::test {

class FakeDatagramPort final : public DatagramPort {
 public:
  struct Sent {
    std::vector<std::uint8_t> bytes;
    MonoTime at{};
  };

  explicit FakeDatagramPort(const Loop& loop) : loop_(loop) {}

  const std::vector<Sent>& sent() const { return sent_; }
  /// A datagram of the peer comes now. From a task or timer of the loop, or between its runs.
  void arrive(std::span<const std::uint8_t> bytes) { listener_->on_datagram(bytes); }
  void refuse(const std::string& reason) { listener_->on_unreachable({reason}); }

  void set_listener(Listener& listener) override { listener_ = &listener; }
  void send(std::span<const std::uint8_t> bytes) override {
    SUBMETER_CHECK(listener_ != nullptr);
    sent_.push_back({{bytes.begin(), bytes.end()}, loop_.now()});
  }

 private:
  const Loop& loop_;
  Listener* listener_ = nullptr;
  std::vector<Sent> sent_;
};

}  // namespace submeter::test
