// SPDX-License-Identifier: Apache-2.0
#include "tool/daemon_client.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace submeter::tool {
namespace {

Error connect_error(const std::string& path) {
  if (errno == ENOENT || errno == ECONNREFUSED) {
    return Error{
        fmt::format("no daemon answers on {}: is it running? systemctl status submeter-collector", path)};
  }
  if (errno == EACCES) {
    return Error{
        fmt::format("{} is for user and group submeter: use sudo, or usermod -aG submeter $USER", path)};
  }
  return Error{fmt::format("{}: {}", path, std::strerror(errno))};
}

}  // namespace

Result<DaemonClient> DaemonClient::connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return Error{fmt::format("{}: path too long", path)};
  path.copy(address.sun_path, path.size());
  core::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return connect_error(path);
  }
  return DaemonClient(std::move(fd));
}

Result<void> DaemonClient::send(const Json& request) {
  const std::string line = request.dump() + "\n";
  const auto sent = ::send(fd_.get(), line.data(), line.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(line.size())) return Error{"the daemon closed the connection"};
  return {};
}

Result<std::string> DaemonClient::receive(std::optional<std::chrono::milliseconds> limit) {
  while (true) {
    if (const auto end = received_.find('\n'); end != std::string::npos) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      return line;
    }
    pollfd entry{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    const int ready = ::poll(&entry, 1, limit ? static_cast<int>(limit->count()) : -1);
    if (ready == 0) return Error{"the daemon did not answer in time"};
    std::array<char, 16384> buffer{};
    const auto count = ready < 0 ? -1 : ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (count <= 0) return Error{"the daemon closed the connection"};
    received_.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

Result<Json> parse_answer(const std::string& line) {
  Json answer = Json::parse(line, nullptr, false);
  if (!answer.is_object())
    return Error{"the daemon's answer is not a JSON object; do both have the same version?"};
  return answer;
}

Result<Json> ask_daemon(const std::string& path, const Json& request) {
  auto client = DaemonClient::connect(path);
  if (!client) return client.error();
  if (auto sent = client->send(request); !sent) return sent.error();
  const auto line = client->receive(kAnswerLimit);
  if (!line) return line.error();
  return parse_answer(*line);
}

}  // namespace submeter::tool
