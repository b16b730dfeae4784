// SPDX-License-Identifier: Apache-2.0
#include "daemon/service.h"

#include <chrono>
#include <utility>

#ifdef SUBMETER_HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "core/log.h"

namespace submeter::daemon {
namespace {

#ifdef SUBMETER_HAVE_SYSTEMD
void notify(const std::string& message) {
  ::sd_notify(0, message.c_str());
}

std::optional<Duration> watchdog_period() {
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
  return std::chrono::microseconds(microseconds / 2);
}
#else
void notify(const std::string&) {}

std::optional<Duration> watchdog_period() {
  return std::nullopt;
}
#endif

}  // namespace

Service::Service(Loop& loop, std::function<bool()> alive)
    : alive_(std::move(alive)), period_(watchdog_period()), timer_(loop, [this] { feed_watchdog(); }) {
  if (period_) timer_.start_after(*period_);
}

void Service::ready() {
  notify("READY=1");
}

void Service::reloading() {
  notify("RELOADING=1");
}

void Service::stopping() {
  notify("STOPPING=1");
}

void Service::status(const std::string& line) {
  notify("STATUS=" + line);
}

void Service::feed_watchdog() {
  if (alive_()) {
    notify("WATCHDOG=1");
  } else {
    core::log_error(
        "store or publisher makes no progress; the watchdog is not fed and systemd will restart the service");
  }
  timer_.start_after(*period_);
}

}  // namespace submeter::daemon
