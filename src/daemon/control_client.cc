// SPDX-License-Identifier: Apache-2.0
#include "daemon/control_client.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

namespace submeter::daemon {

ControlClient::ControlClient(Loop& loop, core::UniqueFd fd, std::function<void(const std::string&)> on_line,
                             std::function<void()> on_gone)
    : fd_(std::move(fd)),
      on_line_(std::move(on_line)),
      on_gone_(std::move(on_gone)),
      watch_(loop, fd_.get(), Interest::kRead, [this](Readiness readiness) { on_ready(readiness); }) {}

bool ControlClient::send(std::string_view line) {
  if (outgoing_.size() + line.size() > kMaxBacklog) return false;
  outgoing_.append(line);
  outgoing_.push_back('\n');
  watch_.set_interest(Interest::kReadWrite);
  return true;
}

void ControlClient::finish() {
  finishing_ = true;
  watch_.set_interest(Interest::kReadWrite);
}

void ControlClient::on_ready(Readiness readiness) {
  if (readiness.writable && !flush()) return;
  if (readiness.readable || readiness.hung_up) receive();
}

bool ControlClient::flush() {
  while (!outgoing_.empty()) {
    const ssize_t sent = ::send(fd_.get(), outgoing_.data(), outgoing_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EAGAIN) return true;
      on_gone_();
      return false;
    }
    outgoing_.erase(0, static_cast<std::size_t>(sent));
  }
  if (finishing_) {
    on_gone_();
    return false;
  }
  watch_.set_interest(Interest::kRead);
  return true;
}

void ControlClient::receive() {
  std::array<char, 1024> buffer{};
  const ssize_t count = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count < 0 && errno == EAGAIN) return;
  if (count > 0) incoming_.append(buffer.data(), static_cast<std::size_t>(count));
  const auto end = incoming_.find('\n');
  if (count <= 0 || (end == std::string::npos && incoming_.size() > kMaxRequest)) {
    on_gone_();
    return;
  }
  if (end == std::string::npos) return;
  const std::string line = incoming_.substr(0, end);
  incoming_.erase(0, end + 1);
  on_line_(line);
}

}  // namespace submeter::daemon
