// SPDX-License-Identifier: Apache-2.0
// Serial lines that keep real time, and their recorder. Until it is signalled:
//
//   rtu_wire [--baud N] [--bits 10|11] [--turnaround US] [--block N] [--silent U,U…] [--faults SHARE]
//            [--timeout MS] [--seed N] LINK…
//
// Makes one line a LINK. Prints "ready", and one JSON object of what was recorded at the end, since the last
// SIGUSR1. A single line is kept to the microsecond by not sleeping when something is about to happen; it
// wants a core for itself.
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <deque>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "rtu_line.h"

namespace {

using namespace submeter::bench;
using Json = nlohmann::ordered_json;

volatile std::sig_atomic_t stopped = 0;
volatile std::sig_atomic_t begin_anew = 0;

void heed_signals() {
  struct sigaction action {};
  action.sa_handler = [](int number) { (number == SIGUSR1 ? begin_anew : stopped) = 1; };
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGUSR1, &action, nullptr);
}

/// Before other programs of the machine, where that is allowed. Who never sleeps there is stopped 50 ms a
/// second.
void keep_time() {
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  const sched_param priority{.sched_priority = 1};
  ::sched_setscheduler(0, SCHED_FIFO, &priority);
}

class Wires {
 public:
  Wires(const std::vector<std::string>& links, const LineOptions& options) {
    for (const std::string& link : links) {
      const RtuLine& line = lines_.emplace_back(link, options);
      polled_.push_back({.fd = line.fd(), .events = POLLIN, .revents = 0});
    }
    // Many lines share the core: waiting without sleep for one would hold up the others.
    ahead_ = links.size() == 1 ? std::chrono::microseconds(80) : std::chrono::microseconds(0);
  }

  void run() {
    while (stopped == 0) {
      wait();
      if (begin_anew != 0) forget();
      const Clock::time_point now = Clock::now();
      for (RtuLine& line : lines_) line.run(now);
    }
  }

  const std::deque<RtuLine>& lines() const { return lines_; }
  double seconds_recorded() const { return seconds(Clock::now() - begun_); }

 private:
  void forget() {
    begin_anew = 0;
    begun_ = Clock::now();
    for (RtuLine& line : lines_) line.forget();
  }

  void wait() {
    const Clock::time_point now = Clock::now();
    auto next = now + std::chrono::milliseconds(500);
    for (const RtuLine& line : lines_) {
      next = std::min(next, line.next_delivery());
      if (ahead_.count() == 0) continue;
      if (now > line.silent_at() - kWatched && now < line.silent_at() + kWatched) return;
      if (now < line.silent_at()) next = std::min(next, line.silent_at() - kWatched);
    }
    const auto left = next - now - ahead_;
    if (left <= Clock::duration::zero()) return;
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec timeout{.tv_sec = whole.count(), .tv_nsec = (left - whole).count()};
    ::ppoll(polled_.data(), polled_.size(), &timeout, nullptr);
  }

  /// So near to the end of a silent interval the next request is watched for without sleeping.
  static constexpr std::chrono::microseconds kWatched{150};

  std::deque<RtuLine> lines_;
  std::vector<pollfd> polled_;
  Clock::duration ahead_{};
  Clock::time_point begun_ = Clock::now();
};

double percentile(std::vector<float> values, double share) {
  if (values.empty()) return 0;
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(rank), values.end());
  return values[rank];
}

double mean(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

Json report(const RtuLine& line) {
  const LineRecord& record = line.record();
  Json by_unit = Json::object();
  for (const auto& [unit, count] : record.by_unit) by_unit[std::to_string(unit)] = count;
  return {{"requests", record.requests},
          {"broken", record.broken},
          {"violations", record.violations},
          {"collisions", record.collisions},
          {"silence_us", seconds(line.silence()) * 1e6},
          {"gap_min_us", percentile(record.gaps_us, 0)},
          {"gap_p50_us", percentile(record.gaps_us, 0.5)},
          {"period_mean_us", mean(record.periods_us)},
          {"period_p50_us", percentile(record.periods_us, 0.5)},
          {"wire_late_p99_us", percentile(record.late_us, 0.99)},
          {"wire_late_max_us", percentile(record.late_us, 1)},
          {"by_unit", by_unit},
          {"faults", record.faults}};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Serial lines with meters, in real time", "rtu_wire");
  LineOptions options;
  std::vector<std::string> links;
  std::vector<unsigned> silent;
  long turnaround_us = 5000;
  long timeout_ms = 500;
  app.add_option("--baud", options.baud);
  app.add_option("--bits", options.bits);
  app.add_option("--turnaround", turnaround_us);
  app.add_option("--block", options.block);
  app.add_option("--silent", silent)->delimiter(',');
  app.add_option("--faults", options.faults);
  app.add_option("--timeout", timeout_ms);
  app.add_option("--seed", options.seed);
  app.add_option("links", links)->required();
  CLI11_PARSE(app, argc, argv);
  options.turnaround = std::chrono::microseconds(turnaround_us);
  options.timeout = std::chrono::milliseconds(timeout_ms);
  options.silent = {silent.begin(), silent.end()};
  heed_signals();
  keep_time();
  Wires wires(links, options);
  std::puts("ready");
  std::fflush(stdout);
  wires.run();
  const double recorded = wires.seconds_recorded();
  Json lines = Json::array();
  for (const RtuLine& line : wires.lines()) lines.push_back(report(line));
  std::puts(Json{{"seconds", recorded}, {"lines", lines}}.dump().c_str());
}
