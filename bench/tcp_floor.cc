// SPDX-License-Identifier: Apache-2.0
// The least that reading many Modbus TCP meters once a second can cost: an epoll loop that does nothing else.
//
//   tcp_floor PORT ADDRESSES METERS SECONDS [burst]
//
// Reads 40 registers of each meter every second, a hundredth of the meters each 10 ms or, with `burst`, all
// on the second. One write, one epoll event and one read a meter, no time-outs, no decoding beyond a length
// check. Prints one JSON object.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "usage.h"

namespace {

using namespace submeter::bench;

constexpr std::size_t kRegisters = 40;
constexpr ssize_t kAnswerSize = 9 + 2 * kRegisters;
constexpr std::size_t kTicksPerSecond = 100;

class Floor {
 public:
  Floor(std::uint16_t port, unsigned addresses, std::size_t meters, bool burst)
      : slots_(burst ? 1 : kTicksPerSecond) {
    for (std::size_t i = 0; i < meters; ++i) connect_to(static_cast<unsigned>(i) % addresses, port);
    const long period = burst ? 1'000'000'000L : 1'000'000'000L / kTicksPerSecond;
    itimerspec timer{};
    timer.it_interval.tv_sec = timer.it_value.tv_sec = period / 1'000'000'000L;
    timer.it_interval.tv_nsec = timer.it_value.tv_nsec = period % 1'000'000'000L;
    ::timerfd_settime(timer_, 0, &timer, nullptr);
    watch(timer_);
  }

  /// Runs for `time` and returns how many answers came.
  std::uint64_t run(double time) {
    answers_ = 0;
    std::array<epoll_event, 256> events{};
    const Clock::time_point begin = Clock::now();
    while (seconds(Clock::now() - begin) < time) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 1000);
      for (int i = 0; i < count; ++i) handle(events[static_cast<std::size_t>(i)].data.fd);
    }
    return answers_;
  }

 private:
  void connect_to(unsigned number, std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + number);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect to the meters");
    }
    const int yes = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    watch(fd);
    meters_.push_back(fd);
  }

  void watch(int fd) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void handle(int fd) {
    std::array<std::uint8_t, 300> buffer{};
    if (fd == timer_) {
      std::uint64_t ticks = 0;
      if (::read(timer_, &ticks, sizeof ticks) == sizeof ticks) {
        for (; ticks > 0; --ticks) ask_slot();
      }
      return;
    }
    if (::recv(fd, buffer.data(), buffer.size(), 0) == kAnswerSize) ++answers_;
  }

  void ask_slot() {
    for (std::size_t i = slot_; i < meters_.size(); i += slots_) {
      ++transaction_;
      const std::array<std::uint8_t, 12> request{static_cast<std::uint8_t>(transaction_ >> 8),
                                                 static_cast<std::uint8_t>(transaction_),
                                                 0,
                                                 0,
                                                 0,
                                                 6,
                                                 1,
                                                 3,
                                                 0,
                                                 0,
                                                 0,
                                                 kRegisters};
      if (::send(meters_[i], request.data(), request.size(), MSG_NOSIGNAL) < 0) {
        throw std::runtime_error("a meter is gone");
      }
    }
    slot_ = (slot_ + 1) % slots_;
  }

  int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  int timer_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  std::size_t slots_;
  std::size_t slot_ = 0;
  std::uint16_t transaction_ = 0;
  std::uint64_t answers_ = 0;
  std::vector<int> meters_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fputs("usage: tcp_floor PORT ADDRESSES METERS SECONDS [burst]\n", stderr);
    return 2;
  }
  allow_many_descriptors();
  const auto meters = static_cast<std::size_t>(std::atoi(argv[3]));
  const bool burst = argc > 5 && std::strcmp(argv[5], "burst") == 0;
  Floor floor(static_cast<std::uint16_t>(std::atoi(argv[1])), static_cast<unsigned>(std::atoi(argv[2])),
              meters, burst);
  floor.run(2.0);
  const Usage begin = Usage::now();
  const std::uint64_t reads = floor.run(std::atof(argv[4]));
  const Usage used = Usage::now().since(begin);
  const auto per_read = [reads](double value) { return value / static_cast<double>(reads == 0 ? 1 : reads); };
  std::printf("{\"meters\": %zu, \"reads\": %llu, \"cpu_us_per_read\": %.2f, \"waits_per_read\": %.4f}\n",
              meters, static_cast<unsigned long long>(reads), per_read(used.cpu_us),
              per_read(static_cast<double>(used.waits)));
}
