// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "core/backoff.h"
#include "modbus/master.h"
#include "submeter/byte_stream.h"
#include "submeter/loop.h"
#include "submeter/random.h"

namespace submeter::modbus {

/// Keeps a master's line open: opens the stream, opens it again after it fell, with jittered back-off that
/// ends when the line has carried something that makes sense, and tells who wants to know. Loop thread.
class Connection final : private ByteStream::Listener {
 public:
  /// The master that talks over the line. It may call the connection back, but not destroy it.
  class User {
   public:
    virtual void on_line_up() = 0;
    virtual void on_line_bytes(std::span<const std::uint8_t> bytes) = 0;
    /// No request under way will be answered. up() is false already.
    virtual void on_line_down(const std::string& reason) = 0;

   protected:
    ~User() = default;
  };
  using StateListener = std::function<void(bool up, const std::string& detail)>;

  static constexpr std::chrono::seconds kFirstRetry{1};
  static constexpr std::chrono::seconds kSlowestRetry{30};
  /// For connections over a network.
  static constexpr std::chrono::seconds kRenewAfter{30};

  /// Counts connects and bytes in `counters`.
  Connection(Loop& loop, ByteStream& stream, Random& random, BusCounters& counters, User& user);
  ~Connection() override;

  /// A connection that has spoken and then leaves what is sent unanswered for so long is opened anew: its far
  /// end may have forgotten it. Never by default.
  void renew_after(Duration silence) { renew_after_ = silence; }
  /// Since the last bytes; since ever, before the first.
  Duration silent_for() const { return heard_ ? loop_.now() - *heard_ : Duration::max(); }
  /// What came over the line makes sense: the next failure is a new one.
  void on_understood() { backoff_.reset(); }
  /// A request was not answered.
  void on_unanswered();
  void start();
  bool up() const { return up_; }
  void send(std::span<const std::uint8_t> bytes);
  std::size_t discard_input() { return stream_.discard_input(); }
  void hold_input_until(MonoTime when) { stream_.hold_input_until(when); }
  /// Gives the line up because of what came over it; it is opened again like one that fell.
  void abandon(const std::string& reason);
  /// Told of every change, and of every new reason while the line stays down; repetitions are silent.
  void on_state(StateListener listener) { state_listener_ = std::move(listener); }
  std::string describe() const { return stream_.describe(); }

 private:
  void on_open() override;
  void on_bytes(std::span<const std::uint8_t> bytes) override;
  void on_down(const Error& reason) override;
  void fall(const std::string& reason);

  ByteStream& stream_;
  BusCounters& counters_;
  User& user_;
  core::Backoff backoff_;
  StateListener state_listener_;
  Loop& loop_;
  Duration renew_after_ = Duration::max();
  std::optional<MonoTime> heard_;  // the last bytes of this connection
  std::optional<MonoTime> asked_;  // the first request since then
  bool up_ = false;
  std::string told_reason_;
  Timer retry_;
};

}  // namespace submeter::modbus
