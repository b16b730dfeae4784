// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "submeter/loop.h"
#include "submeter/time.h"

namespace submeter::daemon {

/// What systemd is told: ready, reloading, stopping, a status line, and that everything still makes progress.
/// Does nothing where there is no systemd.
class Service {
 public:
  /// `alive` is asked at half the watchdog's period; while it says no, the watchdog is not fed and systemd
  /// ends us.
  Service(Loop& loop, std::function<bool()> alive);

  void ready();
  void reloading();
  void stopping();
  void status(const std::string& line);

 private:
  void feed_watchdog();

  std::function<bool()> alive_;
  std::optional<Duration> period_;
  Timer timer_;
};

}  // namespace submeter::daemon
