// SPDX-License-Identifier: Apache-2.0
#include "daemon/control_socket.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "daemon/control_client.h"
#include "daemon/export_language.h"

namespace submeter::daemon {
namespace {

constexpr mode_t kSocketMode = 0660;

std::string error_json(const std::string& message) {
  return nlohmann::json{{"error", message}}.dump();
}

// A whole number from 0 to `limit` under `key`; nothing if it is missing or anything else.
std::optional<unsigned> number(const nlohmann::json& request, const char* key, unsigned limit) {
  const auto found = request.find(key);
  if (found == request.end() || !found->is_number_unsigned()) return std::nullopt;
  const auto value = found->get<std::uint64_t>();
  if (value > limit) return std::nullopt;
  return static_cast<unsigned>(value);
}

std::optional<modbus::ReadRequest> read_request(const nlohmann::json& request) {
  const auto unit = number(request, "unit", 255);
  const auto function = number(request, "function", 4);
  const auto address = number(request, "address", 65535);
  const auto count = number(request, "count", modbus::kMaxRegisters);
  if (!unit || !function || !address || !count || *function < 3 || *count < 1) return std::nullopt;
  return modbus::ReadRequest{.unit = {static_cast<std::uint8_t>(*unit)},
                             .function = static_cast<modbus::Function>(*function),
                             .address = {static_cast<std::uint16_t>(*address)},
                             .count = static_cast<std::uint16_t>(*count)};
}

std::string text(const nlohmann::json& request, const char* key) {
  const auto found = request.find(key);
  return found != request.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool flag(const nlohmann::json& request, const char* key) {
  const auto found = request.find(key);
  return found != request.end() && found->is_boolean() && found->get<bool>();
}

}  // namespace

ControlSocket::ControlSocket(Loop& loop, Handler& handler) : loop_(loop), handler_(handler) {}

ControlSocket::~ControlSocket() {
  if (listener_) ::unlink(path_.c_str());
}

Result<void> ControlSocket::listen(const std::string& path) {
  const auto failed = [&path](const char* what) {
    return Error{fmt::format("status socket {}: {}: {}; `submeter status` will not work", path, what,
                             std::strerror(errno))};
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return failed("bind");
  }
  path.copy(address.sun_path, path.size());
  core::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return failed("socket");
  ::unlink(path.c_str());
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return failed("bind");
  if (::chmod(path.c_str(), kSocketMode) != 0) return failed("chmod");
  if (::listen(fd.get(), kMaxClients) != 0) return failed("listen");
  path_ = path;
  listener_ = std::move(fd);
  watch_ =
      std::make_unique<Watch>(loop_, listener_.get(), Interest::kRead, [this](Readiness) { accept_all(); });
  return {};
}

void ControlSocket::on_record(const Record& record) {
  std::erase_if(clients_, [&record](const auto& entry) {
    ControlClient& client = *entry.second;
    return client.follows(record.circuit) && !client.send(record.json);
  });
}

void ControlSocket::accept_all() {
  while (true) {
    core::UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) return;
    if (clients_.size() >= kMaxClients) continue;  // closing is the answer
    const ClientId id = next_client_++;
    clients_.emplace(id, std::make_unique<ControlClient>(
                             loop_, std::move(fd), [this, id](const std::string& line) { on_line(id, line); },
                             [this, id] { remove(id); }));
  }
}

void ControlSocket::on_line(ClientId id, const std::string& line) {
  const auto request = nlohmann::json::parse(line, nullptr, false);
  if (!request.is_object()) return answer(id, error_json("not a JSON object"));
  const std::string command = text(request, "command");
  if (command == "status") return answer(id, handler_.status_json(flag(request, "brief")));
  if (command == "tail") return clients_.at(id)->follow(text(request, "circuit"));
  if (command == "queue") return answer(id, handler_.queue_json());
  if (command == "export") {
    auto query = parse_export(request);
    return query ? export_next(id, std::move(*query)) : answer(id, error_json(query.error().message));
  }
  if (command != "read") {
    return answer(id, error_json("unknown command; expected status, tail, read, queue or export"));
  }
  const auto read = read_request(request);
  if (!read) return answer(id, error_json("read needs unit, function 3 or 4, address and count 1–125"));
  handler_.read_registers(text(request, "bus"), *read,
                          [this, id](const std::string& json) { answer(id, json); });
}

void ControlSocket::answer(ClientId id, const std::string& json) {
  const auto client = clients_.find(id);
  if (client == clients_.end()) return;  // left meanwhile
  if (client->second->send(json)) {
    client->second->finish();
  } else {
    clients_.erase(client);
  }
}

void ControlSocket::remove(ClientId id) {
  clients_.erase(id);
  std::erase_if(exports_, [id](const Export& waiting) { return waiting.client == id; });
}

void ControlSocket::export_next(ClientId id, store::RangeQuery query) {
  if (std::ranges::find(exports_, id, &Export::client) != exports_.end()) {
    return answer(id, error_json("one export at a time"));
  }
  exports_.push_back({id, std::move(query)});
  begin_export();
}

void ControlSocket::begin_export() {
  while (!exporting_ && !exports_.empty()) {
    auto [id, query] = std::move(exports_.front());
    exports_.pop_front();
    if (!clients_.contains(id)) continue;
    exporting_ = true;
    handler_.export_records(std::move(query), [this, id = id](const std::string& text) {
      exporting_ = false;
      const auto client = clients_.find(id);
      if (client != clients_.end() && !client->second->send(text)) clients_.erase(client);
      begin_export();
    });
  }
}

}  // namespace submeter::daemon
