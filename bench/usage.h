// SPDX-License-Identifier: Apache-2.0
// What the kernel charges this process, and the time the bench programs go by.
#pragma once

#include <sys/resource.h>

#include <chrono>
#include <cstdint>

namespace submeter::bench {

using Clock = std::chrono::steady_clock;

inline double seconds(Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// CPU time and waits since the process began, or between two instants.
struct Usage {
  double cpu_us = 0;
  double system_us = 0;    ///< Part of cpu_us.
  std::int64_t waits = 0;  ///< Voluntary context switches: each is a wake-up later.

  static Usage now() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto microseconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
    };
    const double system = microseconds(usage.ru_stime);
    return {microseconds(usage.ru_utime) + system, system, usage.ru_nvcsw};
  }

  Usage since(const Usage& begin) const {
    return {cpu_us - begin.cpu_us, system_us - begin.system_us, waits - begin.waits};
  }
};

inline void allow_many_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace submeter::bench
