// SPDX-License-Identifier: Apache-2.0
#include "io/port_holder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace submeter::io {
namespace {

namespace fs = std::filesystem;

std::optional<pid_t> process_id(const fs::path& entry) {
  const std::string name = entry.filename().string();
  pid_t pid = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
  const bool whole = parsed.ec == std::errc{} && parsed.ptr == name.data() + name.size();
  return whole ? std::optional(pid) : std::nullopt;
}

/// Reads links only: a look at the files themselves could wait for a network file system.
bool has_open(const fs::path& process, const std::string& canonical_path) {
  std::error_code error;
  for (fs::directory_iterator fd(process / "fd", error), end; !error && fd != end; fd.increment(error)) {
    std::error_code unreadable;
    if (fs::read_symlink(fd->path(), unreadable) == canonical_path) return true;
  }
  return false;
}

}  // namespace

std::string describe_process(pid_t pid) {
  std::ifstream comm(fmt::format("/proc/{}/comm", pid));
  std::string name;
  if (!std::getline(comm, name) || name.empty()) return fmt::format("pid {}", pid);
  return fmt::format("{} (pid {})", name, pid);
}

std::optional<pid_t> find_holder(const std::string& canonical_path) {
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
    const auto pid = process_id(entry->path());
    if (pid && *pid != ::getpid() && has_open(entry->path(), canonical_path)) return pid;
  }
  return std::nullopt;
}

}  // namespace submeter::io
