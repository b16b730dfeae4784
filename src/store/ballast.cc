// SPDX-License-Identifier: Apache-2.0
#include "store/ballast.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "core/unique_fd.h"

namespace submeter::store {
namespace {

/// A small store has a small one.
constexpr std::uint64_t kShare = 16;

}  // namespace

Ballast::Ballast(const std::string& queue_path, std::uint64_t max_size)
    : path_(std::filesystem::path(queue_path).replace_extension(".ballast")),
      size_(std::min(kLargest, max_size / kShare)) {}

bool Ballast::load() {
  struct stat status {};
  if (::stat(path_.c_str(), &status) == 0) return true;
  struct statvfs system {};
  const std::string directory = std::filesystem::path(path_).parent_path();
  if (::statvfs(directory.c_str(), &system) != 0) return false;
  if (std::uint64_t{system.f_bavail} * system.f_frsize < kSpare * size_) return false;
  const core::UniqueFd fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640));
  const bool loaded = fd && ::posix_fallocate(fd.get(), 0, static_cast<off_t>(size_)) == 0;
  if (fd && !loaded) ::unlink(path_.c_str());
  return loaded;
}

bool Ballast::throw_out() {
  return ::unlink(path_.c_str()) == 0;
}

}  // namespace submeter::store
