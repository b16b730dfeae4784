// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/unique_fd.h"
#include "submeter/result.h"

namespace submeter::tool {

using Json = nlohmann::ordered_json;

inline constexpr const char* kDefaultSocket = "/run/submeter/status.sock";
/// A read through the daemon waits for its turn on the bus.
inline constexpr std::chrono::seconds kAnswerLimit{15};

/// The running daemon's status socket, one question a connection (daemon/control_socket.h has the language).
/// Blocks.
class DaemonClient {
 public:
  /// The error says why nobody answers: not running, or not allowed.
  static Result<DaemonClient> connect(const std::string& path);

  Result<void> send(const Json& request);
  /// The next line, within `limit`; no limit waits until the daemon or the user ends it.
  Result<std::string> receive(std::optional<std::chrono::milliseconds> limit);

 private:
  explicit DaemonClient(core::UniqueFd fd) : fd_(std::move(fd)) {}

  core::UniqueFd fd_;
  std::string received_;
};

/// A line of the daemon's as the object it must be.
Result<Json> parse_answer(const std::string& line);

/// One question, one answer.
Result<Json> ask_daemon(const std::string& path, const Json& request);

}  // namespace submeter::tool
