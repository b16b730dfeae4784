// SPDX-License-Identifier: Apache-2.0
#include "io/lock_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

#include "core/unique_fd.h"
#include "io/port_holder.h"

namespace submeter::io {
namespace {

std::string lock_path(const std::string& directory, const std::string& device) {
  return directory + "/LCK.." + device.substr(device.find_last_of('/') + 1);
}

/// False, with errno, when the file cannot be made.
bool write_lock(const std::string& path) {
  const core::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!fd) return false;
  const std::string content = fmt::format("{:10}\n", ::getpid());
  if (::write(fd.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size())) return true;
  ::unlink(path.c_str());
  return false;
}

/// As ten columns or, from programs older than FHS, as the bytes of a number. 0 for anything else.
pid_t process_id(std::string_view content) {
  std::string_view text = content;
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  pid_t pid = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (parsed.ec != std::errc{} && content.size() == sizeof pid) std::memcpy(&pid, content.data(), sizeof pid);
  return pid;
}

/// The living process that the file names; empty when it has gone, is this one or cannot be told.
std::optional<pid_t> living_holder(const std::string& path) {
  const core::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::array<char, 32> buffer{};
  const auto count = ::read(fd.get(), buffer.data(), buffer.size());
  const pid_t pid = process_id({buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0});
  if (pid <= 0 || pid == ::getpid()) return std::nullopt;
  const bool alive = ::kill(pid, 0) == 0 || errno == EPERM;
  return alive ? std::optional(pid) : std::nullopt;
}

}  // namespace

Result<LockFile> LockFile::take(const std::string& directory, const std::string& device) {
  const std::string path = lock_path(directory, device);
  if (write_lock(path)) return LockFile(path);
  if (errno != EEXIST) return LockFile();
  if (const auto holder = living_holder(path)) {
    return Error{
        fmt::format("serial port {} is held by {}, says {}", device, describe_process(*holder), path)};
  }
  ::unlink(path.c_str());
  return write_lock(path) ? LockFile(path) : LockFile();
}

LockFile::~LockFile() {
  if (taken()) ::unlink(path_.c_str());
}

}  // namespace submeter::io
