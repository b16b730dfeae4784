// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/unique_fd.h"
#include "submeter/loop.h"

namespace submeter::daemon {

/// One connected `submeter`: a line in, lines out, never waited for. Loop thread.
class ControlClient {
 public:
  static constexpr std::size_t kMaxRequest = 4096;
  static constexpr std::size_t kMaxBacklog = 16 << 20;  ///< Bytes a client may be behind.

  /// `on_line` gets each request, `on_gone` is told when the client left, was cut off or has had its last
  /// answer; the client may be destroyed in both.
  ControlClient(Loop& loop, core::UniqueFd fd, std::function<void(const std::string&)> on_line,
                std::function<void()> on_gone);

  /// False: the client is too far behind to be served any longer; remove it.
  bool send(std::string_view line);
  /// Ends the connection when all is sent.
  void finish();

  /// Which records this client follows.
  bool follows(std::string_view circuit) const {
    return following_ && (circuit_.empty() || circuit_ == circuit);
  }
  void follow(std::string circuit) {
    following_ = true;
    circuit_ = std::move(circuit);
  }

 private:
  void on_ready(Readiness readiness);
  void receive();
  /// False when the client is gone; the object may then no longer exist.
  bool flush();

  core::UniqueFd fd_;
  std::function<void(const std::string&)> on_line_;
  std::function<void()> on_gone_;
  std::string incoming_;
  std::string outgoing_;
  bool finishing_ = false;
  bool following_ = false;
  std::string circuit_;
  Watch watch_;
};

}  // namespace submeter::daemon
