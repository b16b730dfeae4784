// SPDX-License-Identifier: Apache-2.0
#include "store/set_aside.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "core/unique_fd.h"

namespace submeter::store {
namespace {

constexpr int kMaxNames = 1000;

std::string mark_path(const std::string& path) {
  return path + ".damaged";
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

/// "20261120T101500Z": when the file was last written.
std::string last_change(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 && ::stat((path + "-wal").c_str(), &status) != 0) return "unknown";
  const std::chrono::sys_seconds time{std::chrono::seconds{status.st_mtim.tv_sec}};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

Result<std::string> free_name(const std::string& path) {
  const std::string stem = path + "." + last_change(path);
  for (int i = 1; i <= kMaxNames; ++i) {
    const std::string name = i == 1 ? stem + ".bad" : fmt::format("{}-{}.bad", stem, i);
    if (!exists(name) && !exists(name + "-wal")) return name;
  }
  return Error{
      fmt::format("there are {} files {}*.bad already; remove those that nobody needs", kMaxNames, stem)};
}

}  // namespace

Result<std::string> set_aside(const std::string& path) {
  Result<std::string> name = free_name(path);
  if (!name) return name;
  for (const char* suffix : {"-wal", "-journal", ""}) {
    const std::string from = path + suffix;
    if (exists(from) && std::rename(from.c_str(), (*name + suffix).c_str()) != 0) {
      return Error{fmt::format("cannot set {} aside: {}", from, std::strerror(errno))};
    }
  }
  ::unlink((path + "-shm").c_str());
  remove_damage_mark(path);
  if (Result<void> done = sync_directory(std::filesystem::path(path).parent_path()); !done)
    return done.error();
  return name;
}

void mark_damaged(const std::string& path, const std::string& reason) {
  std::ofstream(mark_path(path)) << reason << '\n';
}

std::optional<std::string> damage_mark(const std::string& path) {
  std::ifstream file(mark_path(path));
  if (!file) return std::nullopt;
  std::string reason;
  std::getline(file, reason);
  return reason;
}

void remove_damage_mark(const std::string& path) {
  ::unlink(mark_path(path).c_str());
}

Result<void> sync_directory(const std::string& directory) {
  const core::UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) {
    return Error{fmt::format("cannot sync the directory {}: {}", directory, std::strerror(errno))};
  }
  return {};
}

}  // namespace submeter::store
