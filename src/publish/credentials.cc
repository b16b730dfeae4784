// SPDX-License-Identifier: Apache-2.0
#include "publish/credentials.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace submeter::publish {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxPassword = 4096;

Result<void> check_readable(std::string_view key, const std::string& file) {
  if (file.empty()) return {};
  std::error_code failure;
  if (!fs::is_regular_file(file, failure)) {
    return Error{
        fmt::format("mqtt.{} {}: {}", key, file, failure ? failure.message() : "not a regular file")};
  }
  errno = 0;
  if (!std::ifstream(file, std::ios::binary)) {
    return Error{fmt::format("mqtt.{} {}: {}", key, file, std::strerror(errno))};
  }
  return {};
}

}  // namespace

Result<std::string> read_password(const MqttOptions& options) {
  if (options.password_file.empty()) return std::string();
  if (auto readable = check_readable("password_file", options.password_file); !readable)
    return readable.error();
  std::string password(kMaxPassword + 1, '\0');
  std::ifstream in(options.password_file, std::ios::binary);
  in.read(password.data(), static_cast<std::streamsize>(password.size()));
  password.resize(static_cast<std::size_t>(in.gcount()));
  if (password.size() > kMaxPassword) {
    return Error{
        fmt::format("mqtt.password_file {}: longer than {} bytes", options.password_file, kMaxPassword)};
  }
  while (!password.empty() && (password.back() == '\n' || password.back() == '\r')) password.pop_back();
  return password;
}

Result<void> check_tls_files(const MqttOptions& options) {
  const std::array<std::pair<std::string_view, const std::string*>, 3> files{
      {{"ca_file", &options.ca_file}, {"cert_file", &options.cert_file}, {"key_file", &options.key_file}}};
  for (const auto& [key, file] : files) {
    if (auto readable = check_readable(key, *file); !readable) return readable;
  }
  if (options.key_file.empty()) return {};
  std::error_code failure;
  const fs::perms permissions = fs::status(options.key_file, failure).permissions();
  if (!failure && (permissions & fs::perms::others_all) != fs::perms::none) {
    return Error{
        fmt::format("mqtt.key_file {}: a private key that everyone may use; chmod o= it", options.key_file)};
  }
  return {};
}

tls::Peer broker_peer(const MqttOptions& options) {
  return {.who = "broker",
          .host = options.host,
          .port = options.port,
          .host_key = "mqtt.url",
          .key_prefix = "mqtt.",
          .ca_file = options.ca_file,
          .cert_file = options.cert_file,
          .key_file = options.key_file,
          .alpn = options.alpn};
}

}  // namespace submeter::publish
