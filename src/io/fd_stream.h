// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/unique_fd.h"
#include "submeter/loop.h"

namespace submeter::io {

/// What a serial port and a TCP connection have in common once they are open: reading, buffered writing and
/// breaking, on one non-blocking descriptor, which it owns. Loop thread.
class FdStream {
 public:
  /// The stream that has opened the descriptor. Called from the loop only; either call may destroy the
  /// FdStream.
  class Owner {
   public:
    virtual void on_fd_bytes(std::span<const std::uint8_t> bytes) = 0;
    /// `error` is an errno, or 0 when the far end closed. Nothing follows.
    virtual void on_fd_broken(int error) = 0;

   protected:
    ~Owner() = default;
  };

  /// Output that the line did not take yet; more breaks the stream with ENOBUFS: the far end has stopped
  /// reading.
  static constexpr std::size_t kMaxUnsent{16384};

  FdStream(Loop& loop, core::UniqueFd fd, Owner& owner);

  int fd() const { return fd_.get(); }
  void write(std::span<const std::uint8_t> bytes);
  /// Drops what the kernel has received so far, and says how much.
  std::size_t discard_input();
  /// Reads nothing before `when`. A broken line is noticed all the same.
  void hold_input_until(MonoTime when);

 private:
  void on_ready(Readiness readiness);
  void read_some();
  void write_unsent();
  void on_hold_over();
  void update_interest();
  void break_later(int error);

  core::UniqueFd fd_;
  Owner& owner_;
  std::vector<std::uint8_t> unsent_;
  int broken_error_ = 0;
  Timer breaking_;  // write() must not call back
  Timer holding_;   // armed: input waits in the kernel
  Watch watch_;
};

}  // namespace submeter::io
