// SPDX-License-Identifier: Apache-2.0
#include "io/fd_stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace submeter::io {
namespace {

constexpr std::size_t kReadSize = 4096;

bool try_again(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

// A far end that has gone is an error like any other, not a SIGPIPE.
ssize_t write_without_signal(int fd, std::span<const std::uint8_t> bytes) {
  const auto count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  return count < 0 && errno == ENOTSOCK ? ::write(fd, bytes.data(), bytes.size()) : count;
}

}  // namespace

FdStream::FdStream(Loop& loop, core::UniqueFd fd, Owner& owner)
    : fd_(std::move(fd)),
      owner_(owner),
      breaking_(loop, [this] { owner_.on_fd_broken(broken_error_); }),
      holding_(loop, [this] { on_hold_over(); }),
      watch_(loop, fd_.get(), Interest::kRead, [this](Readiness readiness) { on_ready(readiness); }) {}

void FdStream::on_ready(Readiness readiness) {
  if (readiness.writable) write_unsent();
  if (breaking_.armed()) return;
  if (readiness.readable || readiness.hung_up) read_some();
}

// One read a turn: what is left makes the descriptor readable again, and the owner may have gone after its
// call.
void FdStream::read_some() {
  std::array<std::uint8_t, kReadSize> buffer;  // NOLINT(*-member-init): read() fills what is used
  const auto count = ::read(fd_.get(), buffer.data(), buffer.size());
  if (count > 0) {
    owner_.on_fd_bytes(std::span(buffer).first(static_cast<std::size_t>(count)));
  } else if (count == 0 || !try_again(errno)) {
    owner_.on_fd_broken(count == 0 ? 0 : errno);
  }
}

void FdStream::write(std::span<const std::uint8_t> bytes) {
  if (breaking_.armed()) return;
  if (unsent_.size() + bytes.size() > kMaxUnsent) {
    break_later(ENOBUFS);
    return;
  }
  unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
  write_unsent();
}

void FdStream::write_unsent() {
  if (!unsent_.empty()) {
    const auto count = write_without_signal(fd_.get(), unsent_);
    if (count < 0 && !try_again(errno)) {
      break_later(errno);
      return;
    }
    if (count > 0) unsent_.erase(unsent_.begin(), unsent_.begin() + count);
  }
  update_interest();
}

void FdStream::hold_input_until(MonoTime when) {
  if (breaking_.armed()) return;
  holding_.start_at(when);
  update_interest();
}

// What has come is read at once: waiting for epoll to tell would cost a turn.
void FdStream::on_hold_over() {
  update_interest();
  read_some();
}

void FdStream::update_interest() {
  const unsigned read = holding_.armed() ? 0 : static_cast<unsigned>(Interest::kRead);
  const unsigned write = unsent_.empty() ? 0 : static_cast<unsigned>(Interest::kWrite);
  watch_.set_interest(static_cast<Interest>(read | write));
}

void FdStream::break_later(int error) {
  broken_error_ = error;
  unsent_.clear();
  holding_.cancel();
  watch_.set_interest(Interest::kNone);
  breaking_.start_after(Duration::zero());
}

std::size_t FdStream::discard_input() {
  constexpr int kMostReads = 16;
  std::size_t discarded = 0;
  std::array<std::uint8_t, kReadSize> buffer;  // NOLINT(*-member-init): never looked at
  for (int i = 0; i < kMostReads; ++i) {
    const auto count = ::read(fd_.get(), buffer.data(), buffer.size());
    if (count > 0) discarded += static_cast<std::size_t>(count);
    if (count < static_cast<ssize_t>(buffer.size())) break;
  }
  return discarded;
}

}  // namespace submeter::io
