// SPDX-License-Identifier: Apache-2.0
// Other clocks for one process: preload it (LD_PRELOAD) and name a file in CLOCK_SHIM_FILE, which the test
// changes while the process runs (wall_clock.py). The machine's own clocks stay as they are.
//
// Who reads a clock reads it shifted; who waits for an instant of one waits for the same instant of the
// machine's. Not here: timerfd, so nobody is told that the clock was set; the kernel's stamps of files.
//
// The file, each field a machine word that is written at once:
//   0  int64  wall_ns       what is added to the wall clock
//   8  int64  monotonic_ns  what is added to the monotonic clocks: another boot. Not while a process uses it
//  16  int64  max_error_us  what adjtimex says; below 0: nobody disciplines the clock
//  24  int64  slew_ns       what is still to be slewed away, as adjtimex says
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

struct Clocks {
  volatile std::int64_t wall_ns;
  volatile std::int64_t monotonic_ns;
  volatile std::int64_t max_error_us;
  volatile std::int64_t slew_ns;
};

const Clocks& clocks() {
  static const Clocks* const mapping = [] {
    const char* name = std::getenv("CLOCK_SHIM_FILE");
    const int file = name == nullptr ? -1 : ::open(name, O_RDONLY | O_CLOEXEC);
    void* mapped = ::mmap(nullptr, sizeof(Clocks), PROT_READ, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) {
      std::fprintf(stderr, "clock_shim: CLOCK_SHIM_FILE names no file that can be mapped\n");
      std::abort();
    }
    ::close(file);
    return static_cast<const Clocks*>(mapped);
  }();
  return *mapping;
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

timespec shifted(timespec time, std::int64_t by) {
  const std::int64_t sum = time.tv_sec * kSecond + time.tv_nsec + by;
  const std::int64_t below = (sum % kSecond + kSecond) % kSecond;
  return {.tv_sec = (sum - below) / kSecond, .tv_nsec = below};
}

std::int64_t shift_of(clockid_t clock) {
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_TAI:
      return clocks().wall_ns;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_BOOTTIME:
      return clocks().monotonic_ns;
    default:
      return 0;
  }
}

// The clock that pthread_condattr_setclock() chose: glibc keeps it in bit 1.
clockid_t clock_of(const pthread_cond_t* condition) {
  return (condition->__data.__wrefs & 2U) != 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  static const auto real = next<int(clockid_t, timespec*)>("clock_gettime");
  const int result = real(clock, now);
  if (result == 0) *now = shifted(*now, shift_of(clock));
  return result;
}

int gettimeofday(timeval* now, void*) noexcept {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  *now = {.tv_sec = time.tv_sec, .tv_usec = time.tv_nsec / 1000};
  return 0;
}

std::time_t time(std::time_t* copy) noexcept {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  if (copy != nullptr) *copy = time.tv_sec;
  return time.tv_sec;
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* until) {
  static const auto real =
      next<int(pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*)>("pthread_cond_clockwait");
  const timespec real_until = shifted(*until, -shift_of(clock));
  return real(condition, mutex, clock, &real_until);
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until) {
  return pthread_cond_clockwait(condition, mutex, clock_of(condition), until);
}

int adjtimex(timex* state) noexcept {
  if (state->modes != 0) {
    errno = EPERM;
    return -1;
  }
  const bool disciplined = clocks().max_error_us >= 0;
  constexpr long kMost = 16'000'000;  // where the kernel's own count ends
  *state = {};
  state->status = STA_PLL | STA_NANO | (disciplined ? 0 : STA_UNSYNC);
  state->maxerror = disciplined ? clocks().max_error_us : kMost;
  state->esterror = state->maxerror;
  state->offset = clocks().slew_ns;
  gettimeofday(&state->time, nullptr);
  return disciplined ? TIME_OK : TIME_ERROR;
}

int ntp_adjtime(timex* state) noexcept {
  return adjtimex(state);
}

int clock_adjtime(clockid_t clock, timex* state) noexcept {
  if (clock == CLOCK_REALTIME) return adjtimex(state);
  errno = EINVAL;
  return -1;
}
}
