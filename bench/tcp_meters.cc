// SPDX-License-Identifier: Apache-2.0
// Modbus TCP meters as cheap as they can be: tcp_meters PORT [ADDRESSES]
//
// Says "ready", and at each SIGUSR1 one JSON object: how many reads it has answered since the start and,
// since the last SIGUSR1, how far the time between two reads of a meter was from its whole seconds. Listens
// on 127.0.0.1 and the next ADDRESSES - 1 addresses, until it is ended:
//   PORT      answers every read of holding or input registers
//   PORT + 1  accepts and never answers: a gateway that hangs
//   PORT + 2  does not even accept: its backlog is full, so that a connect gets no answer at all
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <stdexcept>
#include <vector>

#include "registers.h"
#include "usage.h"

namespace {

using namespace submeter::bench;

constexpr std::size_t kRequestSize = 12;  // MBAP header and a read
constexpr std::size_t kUnitAt = 6;
constexpr std::size_t kFunctionAt = 7;
constexpr std::size_t kAddressAt = 8;
constexpr std::size_t kCountAt = 10;

enum class Manner { kAnswers, kSilent };

sockaddr_in loopback(unsigned number, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + number);
  return address;
}

int listen_on(unsigned number, std::uint16_t port, int backlog) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const sockaddr_in address = loopback(number, port);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd, backlog) != 0) {
    throw std::runtime_error("cannot listen on port " + std::to_string(port));
  }
  return fd;
}

/// Connections that nobody accepts, until no more fit; the descriptors stay open as long as the process.
void fill_backlog(unsigned number, std::uint16_t port) {
  const int listener = listen_on(number, port, 0);
  const sockaddr_in address = loopback(number, port);
  for (int i = 0; i < 3; ++i) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  static_cast<void>(listener);
}

int usr1_descriptor() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  return ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

/// Deviations from whole seconds, to 10 µs.
class Deviations {
 public:
  void add(Clock::duration period) {
    const std::int64_t us = std::chrono::duration_cast<std::chrono::microseconds>(period).count() % 1'000'000;
    const std::int64_t deviation = std::min(us, 1'000'000 - us);
    ++buckets_[static_cast<std::size_t>(deviation) / kWidth];
    ++count_;
  }

  double percentile_ms(double share) const {
    auto left = static_cast<std::uint64_t>(share * static_cast<double>(count_));
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      if (left < buckets_[i]) return static_cast<double>((i + 1) * kWidth) / 1000.0;
      left -= buckets_[i];
    }
    return longest_ms();
  }

  double longest_ms() const {
    const auto last = std::find_if(buckets_.rbegin(), buckets_.rend(), [](std::uint64_t n) { return n > 0; });
    return static_cast<double>(static_cast<std::size_t>(buckets_.rend() - last) * kWidth) / 1000.0;
  }

 private:
  static constexpr std::size_t kWidth = 10;
  std::vector<std::uint64_t> buckets_ = std::vector<std::uint64_t>(500'000 / kWidth + 1);
  std::uint64_t count_ = 0;
};

class Server {
 public:
  Server() { remember(asked_, {}); }

  void listen(unsigned number, std::uint16_t port, Manner manner) {
    const int fd = listen_on(number, port, 4096);
    remember(fd, {.listens = true, .manner = manner, .last_read = {}});
  }

  void run() {
    std::array<epoll_event, 512> events{};
    for (;;) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) handle(events[static_cast<std::size_t>(i)].data.fd);
    }
  }

 private:
  struct Socket {
    bool listens = false;
    Manner manner = Manner::kAnswers;
    Clock::time_point last_read{};
  };

  void remember(int fd, Socket socket) {
    const auto index = static_cast<std::size_t>(fd);
    if (sockets_.size() <= index) sockets_.resize(index + 1);
    sockets_[index] = socket;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void handle(int fd) {
    if (fd == asked_) {
      signalfd_siginfo ignored{};
      while (::read(asked_, &ignored, sizeof ignored) > 0) {
      }
      report();
      return;
    }
    const Socket socket = sockets_[static_cast<std::size_t>(fd)];
    if (socket.listens) {
      accept_all(fd, socket.manner);
    } else {
      answer(fd, socket.manner);
    }
  }

  void report() {
    std::printf(
        "{\"answered\": %llu, \"jitter_p50_ms\": %.2f, \"jitter_p99_ms\": %.2f, \"jitter_p9999_ms\": %.2f, "
        "\"jitter_max_ms\": %.2f}\n",
        static_cast<unsigned long long>(answered_), deviations_.percentile_ms(0.5),
        deviations_.percentile_ms(0.99), deviations_.percentile_ms(0.9999), deviations_.longest_ms());
    std::fflush(stdout);
    deviations_ = {};
  }

  void accept_all(int listener, Manner manner) {
    for (int fd = 0; (fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
      const int yes = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      remember(fd, {.listens = false, .manner = manner, .last_read = {}});
    }
  }

  /// Requests come whole over loopback; what is none ends the connection.
  void answer(int fd, Manner manner) {
    std::array<std::uint8_t, 16 * kRequestSize> buffer{};
    const auto size = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (size <= 0 || static_cast<std::size_t>(size) % kRequestSize != 0) {
      if (size < 0 && errno == EAGAIN) return;
      ::close(fd);
      return;
    }
    if (manner == Manner::kSilent) return;
    note_period(sockets_[static_cast<std::size_t>(fd)]);
    std::vector<std::uint8_t> out;
    for (std::size_t at = 0; at < static_cast<std::size_t>(size); at += kRequestSize) {
      append_answer(std::span(buffer).subspan(at, kRequestSize), out);
      ++answered_;
    }
    if (::send(fd, out.data(), out.size(), MSG_NOSIGNAL) < 0) ::close(fd);
  }

  void note_period(Socket& meter) {
    const Clock::time_point now = Clock::now();
    if (meter.last_read != Clock::time_point{}) deviations_.add(now - meter.last_read);
    meter.last_read = now;
  }

  static void append_answer(std::span<const std::uint8_t> request, std::vector<std::uint8_t>& out) {
    const std::vector<std::uint8_t> answer = answer_of(
        request[kUnitAt], request[kFunctionAt], word_at(request, kAddressAt), word_at(request, kCountAt));
    const std::array<std::uint8_t, 6> header{request[0],
                                             request[1],
                                             0,
                                             0,
                                             high(static_cast<unsigned>(answer.size())),
                                             low(static_cast<unsigned>(answer.size()))};
    out.insert(out.end(), header.begin(), header.end());
    out.insert(out.end(), answer.begin(), answer.end());
  }

  int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  int asked_ = usr1_descriptor();
  std::uint64_t answered_ = 0;
  Deviations deviations_;
  std::vector<Socket> sockets_;  // by descriptor
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: tcp_meters PORT [ADDRESSES]\n", stderr);
    return 2;
  }
  allow_many_descriptors();
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const auto addresses = static_cast<unsigned>(argc > 2 ? std::atoi(argv[2]) : 1);
  Server server;
  for (unsigned number = 0; number < addresses; ++number) {
    server.listen(number, port, Manner::kAnswers);
    server.listen(number, static_cast<std::uint16_t>(port + 1), Manner::kSilent);
    fill_backlog(number, static_cast<std::uint16_t>(port + 2));
  }
  std::puts("ready");
  std::fflush(stdout);
  server.run();
}
