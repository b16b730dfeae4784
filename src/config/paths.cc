// SPDX-License-Identifier: Apache-2.0
#include "config/paths.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace submeter::config {

namespace {

/// The mode of a file that is there; reports one that is not.
std::optional<mode_t> look_at(const Located<std::string>& file) {
  struct stat status {};
  if (stat(file.value.c_str(), &status) != 0) {
    const int reason = errno;
    const auto severity =
        reason == EACCES ? Severity::kWarning : Severity::kError;  // `submeter check` is for anyone
    file.place.source->report(
        severity, file.place.mark,
        fmt::format("{} cannot be looked at: {}", file.value, std::generic_category().message(reason)));
    return std::nullopt;
  }
  if (!S_ISREG(status.st_mode)) {
    file.place.error(fmt::format("{} is not a file", file.value));
    return std::nullopt;
  }
  if (access(file.value.c_str(), R_OK) != 0) {
    file.place.warning(fmt::format("{} cannot be read by this user; the service needs to", file.value));
  }
  return status.st_mode;
}

}  // namespace

void check_file(const Located<std::string>& file) {
  if (file.given()) look_at(file);
}

void check_secret_file(const Located<std::string>& file) {
  if (!file.given()) return;
  const auto mode = look_at(file);
  if (mode && (*mode & (S_IROTH | S_IWOTH)) != 0) {
    file.place.error(
        fmt::format("{} is open to everyone (mode {:04o}); expected owner and group only: chmod o-rwx",
                    file.value, *mode & 07777U));
  }
}

}  // namespace submeter::config
