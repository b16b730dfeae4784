// SPDX-License-Identifier: Apache-2.0
#include "io/udp_port.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "submeter/check.h"

namespace submeter::io {

UdpPort::UdpPort(Loop& loop, std::uint16_t port)
    : loop_(loop), port_(port), failing_(loop, [this] { listener_->on_unreachable(explain(failure_)); }) {}

void UdpPort::send(std::span<const std::uint8_t> bytes) {
  SUBMETER_CHECK(listener_ != nullptr);
  int error = socket_ ? 0 : open();
  if (error == 0) error = send_now(bytes);
  // That was said of the datagram before, and nobody had read it yet; this one has not been sent.
  if (error == ECONNREFUSED) error = send_now(bytes);
  if (error == 0 || error == EAGAIN || error == EINTR) return;
  failure_ = error;
  failing_.start_after(Duration::zero());
}

int UdpPort::open() {
  core::UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno;
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(port_);
  peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0) return errno;
  socket_ = std::move(fd);
  watch_.emplace(loop_, socket_.get(), Interest::kRead, [this](Readiness) { read_some(); });
  return 0;
}

int UdpPort::send_now(std::span<const std::uint8_t> bytes) {
  return ::send(socket_.get(), bytes.data(), bytes.size(), 0) < 0 ? errno : 0;
}

void UdpPort::read_some() {
  std::array<std::uint8_t, kMaxLength + 1> buffer;  // NOLINT(*-member-init): recv() fills what is used
  for (int i = 0; i < kDatagramsPerTurn; ++i) {
    const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (count >= 0) {
      listener_->on_datagram(std::span(buffer).first(static_cast<std::size_t>(count)));
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      listener_->on_unreachable(explain(errno));
    }
  }
}

Error UdpPort::explain(int error) const {
  const char* words = std::strerror(error);
  if (error == ECONNREFUSED) return {fmt::format("no process answers at 127.0.0.1:{} ({})", port_, words)};
  return {fmt::format("cannot reach 127.0.0.1:{}: {}", port_, words)};
}

}  // namespace submeter::io
