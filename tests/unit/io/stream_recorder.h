// SPDX-License-Identifier: Apache-2.0
// Real descriptors on a real loop: what a stream told, and a loop that runs until it has.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/epoll_loop.h"
#include "submeter/byte_stream.h"

namespace submeter::io {

class StreamRecorder final : public ByteStream::Listener {
 public:
  explicit StreamRecorder(core::EpollLoop& loop) : loop_(loop), limit_(loop, [this] { expire(); }) {}

  int opened = 0;
  std::string received;
  std::vector<std::string> downs;

  void on_open() override {
    ++opened;
    loop_.stop();
  }
  void on_bytes(std::span<const std::uint8_t> bytes) override {
    received.append(bytes.begin(), bytes.end());
    loop_.stop();
  }
  void on_down(const Error& reason) override {
    downs.push_back(reason.message);
    loop_.stop();
  }

  /// Runs the loop until `done`, event by event; false if nothing makes it true within ten seconds.
  bool run_until(const std::function<bool()>& done) {
    expired_ = false;
    limit_.start_after(std::chrono::seconds{10});
    while (!done() && !expired_) loop_.run();
    limit_.cancel();
    return done();
  }
  bool run_until_open() {
    return run_until([this] { return opened > 0; });
  }
  bool run_until_down() {
    return run_until([this] { return !downs.empty(); });
  }
  /// Runs what is due now; for what must not happen.
  void run_some_turns() {
    Timer done(loop_, [this] { loop_.stop(); });
    done.start_after(std::chrono::milliseconds{5});
    loop_.run();
  }

 private:
  void expire() {
    expired_ = true;
    loop_.stop();
  }

  core::EpollLoop& loop_;
  bool expired_ = false;
  Timer limit_;
};

inline std::vector<std::uint8_t> bytes_of(const std::string& text) {
  return {text.begin(), text.end()};
}

}  // namespace submeter::io
