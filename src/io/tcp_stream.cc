// SPDX-License-Identifier: Apache-2.0
#include "io/tcp_stream.h"

#include <fmt/format.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "submeter/check.h"

namespace submeter::io {
namespace {

void set_option(int fd, int level, int name, int value) {
  ::setsockopt(fd, level, name, &value, sizeof value);  // a socket without it works, only less well
}

/// Requests leave at once; a peer that has gone silently is noticed after 10 s + 3 × 5 s.
void set_options(int fd) {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 10);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 25'000);
}

int pending_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace

TcpStream::Attempt::Attempt(Loop& loop, core::UniqueFd socket, std::function<void(Readiness)> on_ready)
    : fd(std::move(socket)), watch(loop, fd.get(), Interest::kWrite, std::move(on_ready)) {}

TcpStream::TcpStream(Loop& loop, std::string host, std::uint16_t port)
    : loop_(loop), host_(std::move(host)), port_(port), timer_(loop, [this] { on_timer(); }) {}

TcpStream::~TcpStream() = default;

void TcpStream::open() {
  SUBMETER_CHECK(listener_ != nullptr && phase_ == Phase::kClosed);
  phase_ = Phase::kBeginning;
  deadline_ = loop_.now() + kConnectTimeout;
  timer_.start_after(Duration::zero());
}

void TcpStream::close() {
  phase_ = Phase::kClosed;
  timer_.cancel();
  untried_.clear();
  attempt_.reset();
  stream_.reset();
}

void TcpStream::write(std::span<const std::uint8_t> bytes) {
  if (stream_) stream_->write(bytes);
}

std::size_t TcpStream::discard_input() {
  return stream_ ? stream_->discard_input() : 0;
}

void TcpStream::hold_input_until(MonoTime when) {
  if (stream_) stream_->hold_input_until(when);
}

std::string TcpStream::describe() const {
  const bool is_ipv6_address = host_.find(':') != std::string::npos;
  return is_ipv6_address ? fmt::format("[{}]:{}", host_, port_) : fmt::format("{}:{}", host_, port_);
}

void TcpStream::on_timer() {
  if (phase_ == Phase::kBeginning) {
    begin();
  } else if (phase_ == Phase::kLookingUp) {
    fail({fmt::format("cannot find {}: the name server does not answer: give the address instead", host_)});
  } else {
    connect_to_next(ETIMEDOUT);
  }
}

void TcpStream::begin() {
  untried_ = numeric_address(host_, port_);
  if (untried_.empty()) {
    look_up();
  } else {
    connect_to_next(0);
  }
}

void TcpStream::look_up() {
  phase_ = Phase::kLookingUp;
  timer_.start_at(deadline_);
  if (lookup_) return;
  auto started = NameLookup::start(loop_, host_, port_, [this](Result<NameLookup::Addresses> addresses) {
    on_looked_up(std::move(addresses));
  });
  if (!started) {
    fail(started.error());
    return;
  }
  lookup_ = std::move(*started);
}

void TcpStream::on_looked_up(Result<NameLookup::Addresses> addresses) {
  lookup_.reset();
  if (phase_ != Phase::kLookingUp) return;
  if (!addresses) {
    fail(addresses.error());
    return;
  }
  untried_ = std::move(*addresses);
  connect_to_next(0);
}

void TcpStream::connect_to_next(int last_error) {
  phase_ = Phase::kConnecting;
  attempt_.reset();
  while (!untried_.empty()) {
    const auto share = (deadline_ - loop_.now()) / static_cast<int>(untried_.size());
    const SocketAddress address = untried_.front();
    untried_.erase(untried_.begin());
    last_error = begin_connect(address);
    if (last_error == 0) {
      timer_.start_after(share);
      return;
    }
  }
  fail(explain(last_error));
}

int TcpStream::begin_connect(const SocketAddress& address) {
  core::UniqueFd fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno;
  set_options(fd.get());
  const auto* name = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::connect(fd.get(), name, address.size) != 0 && errno != EINPROGRESS) return errno;
  attempt_.emplace(loop_, std::move(fd), [this](Readiness) { on_connect_ready(); });
  return 0;
}

void TcpStream::on_connect_ready() {
  const int error = pending_error(attempt_->fd.get());
  if (error != 0) {
    connect_to_next(error);
    return;
  }
  core::UniqueFd fd = std::move(attempt_->fd);
  attempt_.reset();
  untried_.clear();
  timer_.cancel();
  phase_ = Phase::kOpen;
  FdStream::Owner& owner = *this;
  stream_.emplace(loop_, std::move(fd), owner);
  listener_->on_open();
}

void TcpStream::on_fd_broken(int error) {
  fail(error == 0 ? Error{fmt::format("{} closed the connection: does it allow one client more?", describe())}
                  : explain(error));
}

void TcpStream::fail(const Error& reason) {
  close();
  listener_->on_down(reason);
}

Error TcpStream::explain(int error) const {
  const std::string peer = describe();
  switch (error) {
    case ECONNREFUSED:
      return {fmt::format("connection refused by {}: is the gateway's Modbus TCP server on?", peer)};
    case ETIMEDOUT:
      return {fmt::format("no answer from {}: is the address right and the gateway powered?", peer)};
    case ENETUNREACH:
    case EHOSTUNREACH:
      return {fmt::format("no way to {}: check the network cable, the address and the route to it", peer)};
    case ECONNRESET:
    case EPIPE:
      return {fmt::format("connection broken off by {}: does it allow one client more?", peer)};
    case ENOBUFS:
      return {fmt::format("{} has stopped to take requests", peer)};
    default:
      return {fmt::format("connection to {} failed: {}", peer, std::strerror(error))};
  }
}

}  // namespace submeter::io
