// SPDX-License-Identifier: Apache-2.0
// Asks chronyd how the clock is doing, over its monitoring protocol (clock/tracking.h).
//
// One request under way, one datagram each; whatever comes back that is not its answer is counted and has no
// other effect. Owns no socket. Loop thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "clock/tracking.h"
#include "submeter/datagram_port.h"
#include "submeter/loop.h"
#include "submeter/random.h"

namespace submeter::clock {

class ChronyClient final : private DatagramPort::Listener {
 public:
  static constexpr Duration kPollInterval = std::chrono::seconds(5);
  static constexpr Duration kTimeout = std::chrono::seconds(1);
  /// So many requests in a row without an answer, then chronyd counts as gone. One is enough where nobody is
  /// at its port.
  static constexpr int kPatience = 3;

  struct Counters {
    std::uint64_t requests = 0;
    std::uint64_t answers = 0;
    std::uint64_t timeouts = 0;
    std::uint64_t unreachable = 0;
    std::array<std::uint64_t, kNotTrackingKinds> ignored{};  ///< By NotTracking.
  };

  /// What is known of chronyd.
  enum class Presence : std::uint8_t { kUnknown, kAnswers, kGone };

  ChronyClient(Loop& loop, DatagramPort& port, Random& random);

  /// Begins to ask, now and every kPollInterval after the latest request; `news` is called from the loop
  /// after each answer and when presence() changes.
  void start(std::function<void()> news);
  /// Asks at once: the clock was set. An answer under way, which describes the time before, is forgotten, and
  /// so is the newest one.
  void ask_anew();

  Presence presence() const { return presence_; }
  /// The newest answer, while chronyd is there.
  const std::optional<Tracking>& tracking() const { return tracking_; }
  MonoTime answered_at() const { return answered_at_; }
  /// Why chronyd counts as gone, for people: "no process answers at 127.0.0.1:323 (Connection refused)";
  /// empty while it does not.
  const std::string& failure() const { return failure_; }
  const Counters& counters() const { return counters_; }

 private:
  void on_datagram(std::span<const std::uint8_t> bytes) override;
  void on_unreachable(const Error& reason) override;
  void ask();
  void on_timeout();
  void ignore(NotTracking reason);
  void give_up(const std::string& failure);

  DatagramPort& port_;
  Random& random_;
  std::function<void()> news_ = [] {};
  Presence presence_ = Presence::kUnknown;
  std::optional<Tracking> tracking_;
  MonoTime answered_at_{};
  std::string failure_;
  Counters counters_;
  std::optional<std::uint32_t> expected_;  // the sequence of the request under way
  std::optional<NotTracking> instead_;     // what came since the newest answer and was none
  int missed_ = 0;                         // requests in a row
  Loop& loop_;
  Timer poll_timer_;
  Timer timeout_;
};

}  // namespace submeter::clock
