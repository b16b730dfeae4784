// SPDX-License-Identifier: Apache-2.0
#include "store/opening.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "store/schema.h"
#include "store/set_aside.h"

namespace submeter::store {
namespace {

constexpr std::string_view kSqliteMagic{"SQLite format 3\0", 16};
constexpr std::size_t kHeaderSize = 100;
constexpr std::size_t kUserVersionOffset = 60;
constexpr std::size_t kApplicationIdOffset = 68;
constexpr std::size_t kStreamLength = 10;

using Header = std::array<std::uint8_t, kHeaderSize>;

std::string advice(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return "; the store must belong to the user that runs this program";
    case ENOENT:
      return "; create the directory or change store.dir";
    case EROFS:
      return "; the file system is mounted read-only";
    case ENOSPC:
      return "; make room on the file system";
    default:
      return "";
  }
}

Error system_error(const std::string& what, int error) {
  return {fmt::format("{}: {}{}", what, std::strerror(error), advice(error))};
}

Result<core::UniqueFd> take_lock(const std::string& directory) {
  ::mkdir(directory.c_str(), 0750);  // if it cannot be made and is not there, opening the lock says so
  const std::string path = directory + "/queue.lock";
  core::UniqueFd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (!lock) return system_error("cannot open " + path, errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return system_error("cannot lock " + path, errno);
  return Error{fmt::format("{} is locked: another submeter-collector uses this store; look at: fuser -v {}",
                           path, path)};
}

std::uint32_t big_endian(const Header& header, std::size_t offset) {
  std::uint32_t value = 0;
  for (const std::uint8_t byte : std::span(header).subspan(offset, 4)) value = value << 8 | byte;
  return value;
}

/// Why the file behind `header` is not for us; empty when it is.
std::string objection(const Header& header) {
  const std::string_view magic(reinterpret_cast<const char*>(header.data()), kSqliteMagic.size());
  if (magic != kSqliteMagic) return "it is no SQLite database";
  if (big_endian(header, kApplicationIdOffset) != kApplicationId) return "it belongs to another program";
  const std::uint32_t version = big_endian(header, kUserVersionOffset);
  if (version > kSchemaVersion) {
    return fmt::format("a newer submeter-collector made it (version {}, this one knows {})", version,
                       kSchemaVersion);
  }
  return version == 0 ? "its version is missing" : "";
}

enum class Finding : std::uint8_t { kNothing, kOurs, kUnusable };

/// Looks at the first bytes only, so that a foreign file is not touched by SQLite.
Result<Finding> inspect(const std::string& path, std::string& reason) {
  const core::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd && errno != ENOENT) return system_error("cannot open " + path, errno);
  Header header{};
  const ssize_t size = fd ? ::pread(fd.get(), header.data(), header.size(), 0) : 0;
  if (size < 0) return system_error("cannot read " + path, errno);
  struct stat log {};
  if (size == 0 && ::stat((path + "-wal").c_str(), &log) == 0 && log.st_size > 0) {
    reason = "it is gone or empty while its log is there";
  } else if (size == 0) {
    return Finding::kNothing;
  } else if (const auto mark = damage_mark(path)) {
    reason = *mark;
  } else {
    reason = objection(header);
  }
  return reason.empty() ? Finding::kOurs : Finding::kUnusable;
}

std::string random_name(Random& random) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string name;
  while (name.size() < kStreamLength) name += kLetters[random.next() % kLetters.size()];
  return name;
}

/// A new queue appears under its name only when it is whole.
Result<void> create_queue(const std::string& directory, const std::string& path, Random& random) {
  const std::string draft = path + ".new";
  for (const char* suffix : {"", "-journal", "-wal", "-shm"}) ::unlink((draft + suffix).c_str());
  remove_damage_mark(path);
  if (Result<void> done = QueueFile::create(draft, random_name(random)); !done) return done;
  if (std::rename(draft.c_str(), path.c_str()) != 0) return system_error("cannot rename " + draft, errno);
  return sync_directory(directory);
}

class Opener {
 public:
  Opener(const StoreOptions& options, Random& random)
      : directory_(options.dir), path_(options.dir + "/queue.db"), random_(random) {}

  Result<OpenedQueue> open() {
    Result<core::UniqueFd> lock = take_lock(directory_);
    if (!lock) return lock.error();
    opened_.lock = std::move(*lock);
    if (Result<void> done = open_file(); !done) return done.error();
    return std::move(opened_);
  }

 private:
  Result<void> open_file() {
    std::string reason;
    const Result<Finding> found = inspect(path_, reason);
    if (!found) return found.error();
    if (*found == Finding::kNothing) return open_new();
    if (*found == Finding::kUnusable) return replace(reason);
    opened_.file = std::make_unique<QueueFile>(path_);
    Result<void> done = opened_.file->open();
    if (done || !opened_.file->damaged()) return done;
    opened_.file.reset();
    return replace(done.error().message);
  }

  Result<void> replace(const std::string& reason) {
    const Result<std::string> name = set_aside(path_);
    if (!name) return name.error();
    opened_.events.push_back({.name = "store_set_aside",
                              .text = fmt::format("{} cannot be used: {}; it is kept as {}, a new one begins",
                                                  path_, reason, *name),
                              .first = {},
                              .last = {}});
    return open_new();
  }

  Result<void> open_new() {
    if (Result<void> done = create_queue(directory_, path_, random_); !done) return done;
    opened_.file = std::make_unique<QueueFile>(path_);
    if (Result<void> done = opened_.file->open(); !done) return done;
    opened_.events.push_back({.name = "stream_started",
                              .text = fmt::format("a new store begins the stream {}", opened_.file->stream()),
                              .first = {},
                              .last = {}});
    return {};
  }

  std::string directory_;
  std::string path_;
  Random& random_;
  OpenedQueue opened_;
};

}  // namespace

Result<OpenedQueue> open_queue(const StoreOptions& options, Random& random) {
  return Opener(options, random).open();
}

}  // namespace submeter::store
