// SPDX-License-Identifier: Apache-2.0
// A non-blocking stream of bytes to a bus: a serial port or a TCP connection, or a fake in a test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "submeter/result.h"
#include "submeter/time.h"

namespace submeter {

/// Opened, used and closed any number of times by one owner, on the loop thread. No call blocks and none
/// calls back before it returns.
class ByteStream {
 public:
  /// Who is told. All calls come from the loop, never out of a call to the stream.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_open() = 0;
    /// The bytes are valid during the call only.
    virtual void on_bytes(std::span<const std::uint8_t> bytes) = 0;
    /// Opening failed or the stream broke; it is closed and may be opened again.
    virtual void on_down(const Error& reason) = 0;
  };

  virtual ~ByteStream() = default;
  /// Before the first open(); the listener outlives the stream's use.
  virtual void set_listener(Listener& listener) = 0;
  /// Ends in on_open() or on_down(), within a bound the stream states.
  virtual void open() = 0;
  /// No listener call follows until the next open().
  virtual void close() = 0;
  /// Sends all of `bytes`, buffering what the line does not take at once. A failure is also told by
  /// on_down().
  virtual void write(std::span<const std::uint8_t> bytes) = 0;
  /// Forgets input that was received and not yet delivered, and says how many bytes that was.
  virtual std::size_t discard_input() = 0;
  /// Nothing whole can come before `when`: what comes earlier is delivered then, at once, so that a slow line
  /// wakes its reader for frames and not for characters. Ends with close(); a new instant replaces the last.
  virtual void hold_input_until(MonoTime when) = 0;
  /// "/dev/ttyUSB0 9600 8E1", "10.0.4.20:502".
  virtual std::string describe() const = 0;
};

}  // namespace submeter
