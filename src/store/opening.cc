// SPDX-License-Identifier: Apache-2.0
#include "store/opening.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/log.h"
#include "store/ballast.h"
#include "store/queue_mark.h"
#include "store/salvage.h"
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

enum class Finding : std::uint8_t { kNothing, kOurs, kDamaged, kForeign };

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
    return Finding::kForeign;
  }
  if (size == 0) return Finding::kNothing;
  if (const auto mark = damage_mark(path)) {
    reason = *mark;
    return Finding::kDamaged;
  }
  reason = objection(header);
  return reason.empty() ? Finding::kOurs : Finding::kForeign;
}

std::string random_name(Random& random) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string name;
  while (name.size() < kStreamLength) name += kLetters[random.next() % kLetters.size()];
  return name;
}

void remove_files(const std::string& path) {
  for (const char* suffix : {"", "-journal", "-wal", "-shm"}) ::unlink((path + suffix).c_str());
}

StoreEvent told(const char* name, std::string text, SequenceRange range = {}) {
  return {.name = name, .text = std::move(text), .first = range.first, .last = range.last};
}

class Opener {
 public:
  Opener(const StoreOptions& options, Random& random, const std::string& owner)
      : options_(options),
        path_(options.dir + "/queue.db"),
        draft_(options.dir + "/queue.new"),
        random_(random),
        owner_(owner) {}

  Result<OpenedQueue> open() {
    Result<core::UniqueFd> lock = take_lock(options_.dir);
    if (!lock) return lock.error();
    opened_.lock = std::move(*lock);
    mark_ = read_mark(path_);
    highest_ = mark_ ? mark_->newest : Sequence{};
    Result<void> done = open_file();
    // On a full disk even opening fails, and even then the ballast helps.
    if (!done && Ballast(path_, options_.max_size).throw_out()) done = open_file();
    if (!done) return done.error();
    if (done = opened_.file->keep_mark(mark_); !done) return done.error();
    return std::move(opened_);
  }

 private:
  Result<void> open_file() {
    opened_.file.reset();
    opened_.events.clear();
    std::string reason;
    const Result<Finding> found = inspect(path_, reason);
    if (!found) return found.error();
    switch (*found) {
      case Finding::kNothing:
        return open_new();
      case Finding::kForeign:
        return replace(reason, Contents::kLeave);
      case Finding::kDamaged:
        return replace(reason, Contents::kSalvage);
      case Finding::kOurs:
        break;
    }
    opened_.file = std::make_unique<QueueFile>(path_);
    Result<void> done = opened_.file->open();
    if (done && !opened_.file->stream().empty()) return continue_stream();
    if (!done && !opened_.file->damaged()) return done;
    opened_.file.reset();
    return replace(done ? "its stream has no name" : done.error().message, Contents::kSalvage);
  }

  /// Why nothing proves that the sequence can go on; empty when it can.
  std::string objection_to_continuing() const {
    const QueueFile& file = *opened_.file;
    if (!owner_.empty() && !file.owner().empty() && file.owner() != owner_)
      return fmt::format("it was the store of {}", file.owner());
    if (!mark_ && file.updated()) return "";  // older versions kept no mark
    if (!mark_) return "queue.mark beside it is missing or damaged";
    if (mark_->stream != file.stream()) return "queue.mark beside it is of another stream";
    if (mark_->newest > file.newest()) {
      return fmt::format("it ends with record {}, but {} had been committed", file.newest().value,
                         mark_->newest.value);
    }
    return "";
  }

  Result<void> continue_stream() {
    QueueFile& file = *opened_.file;
    if (mark_ && mark_->held > file.held().newest()) {
      opened_.events.push_back(
          told("store_damaged", fmt::format("{} has lost {} readings that waited for a trusted clock", path_,
                                            mark_->held.value - file.held().newest().value)));
    }
    const std::string objection = objection_to_continuing();
    if (objection.empty()) {
      if (owner_.empty() || file.owner() == owner_) return {};
      return in_transaction(file, [&] { return file.note_owner(owner_); });
    }
    if (mark_ && mark_->stream == file.stream() && mark_->newest > file.newest()) {
      const SequenceRange lost{file.newest().next(), mark_->newest};
      opened_.events.push_back(told(
          "store_damaged",
          fmt::format("{} has lost records {} to {}, which had been committed; those of them that no broker "
                      "has are lost",
                      path_, lost.first.value, lost.last.value),
          lost));
    }
    return begin_stream(file, fmt::format("{}: {}; its records go out as they are", path_, objection));
  }

  Result<void> begin_stream(QueueFile& file, const std::string& reason) {
    const Sequence first = std::max(file.newest(), highest_).next();
    const std::string name = random_name(random_);
    opened_.events.push_back(
        {.name = "stream_started",
         .text = fmt::format("{}; the stream {} begins with record {}", reason, name, first.value),
         .first = first,
         .last = {}});
    return in_transaction(file, [&] { return file.begin_stream(name, owner_, first); });
  }

  template <class Change>
  Result<void> in_transaction(QueueFile& file, Change change) {
    if (Result<void> done = file.begin(); !done) return done;
    if (Result<void> done = change(); !done) return done;
    return file.commit();
  }

  enum class Contents : bool { kLeave, kSalvage };

  Result<void> replace(const std::string& reason, Contents contents) {
    if (Result<void> done = build_draft(reason, contents); !done) return done;
    const Result<std::string> name = set_aside(path_);
    if (!name) return name.error();
    opened_.events.front().text += fmt::format("; the old file is kept as {}", *name);
    return move_in();
  }

  /// An earlier start may have been cut off just before it put a whole one in its place.
  Result<void> open_new() {
    if (draft_is_whole()) return move_in();
    if (mark_)
      opened_.events.push_back(told("store_set_aside", path_ + " is gone" + reached(), undelivered()));
    if (Result<void> done = build_draft("", Contents::kLeave); !done) return done;
    return move_in();
  }

  /// How far a file had come of which nothing can be read.
  std::string reached() const {
    if (!mark_) return "";
    return fmt::format("; it had reached record {} of the stream {}, and what no broker has of it is lost",
                       mark_->newest.value, mark_->stream);
  }

  /// What no broker has of such a file.
  SequenceRange undelivered() const {
    if (!mark_ || mark_->acknowledged >= mark_->newest) return {};
    return {mark_->acknowledged.next(), mark_->newest};
  }

  bool draft_is_whole() {
    struct stat status {};
    if (::stat(draft_.c_str(), &status) != 0) return false;
    QueueFile draft(draft_);
    return draft.open() && !draft.stream().empty() && draft.settle();
  }

  Result<void> build_draft(const std::string& reason, Contents contents) {
    remove_files(draft_);
    if (Result<void> done = QueueFile::create(draft_); !done) return done;
    QueueFile draft(draft_);
    if (Result<void> done = draft.open(); !done) return done;
    if (!reason.empty())
      opened_.events.push_back(told("store_set_aside", path_ + " cannot be used: " + reason));
    if (contents == Contents::kSalvage) {
      if (Result<void> done = carry_over(draft); !done) return done;
    } else if (!reason.empty()) {
      opened_.events.front() =
          told("store_set_aside", opened_.events.front().text + reached(), undelivered());
    }
    if (Result<void> done = begin_stream(draft, "a new store"); !done) return done;
    return draft.settle();
  }

  Result<void> carry_over(QueueFile& draft) {
    core::log_warning("store: {} is damaged; what can be read of it is carried over to a new one", path_);
    const Result<Salvaged> salvaged = salvage(path_, mark_, options_, draft);
    if (!salvaged) return salvaged.error();
    highest_ = salvaged->newest;
    opened_.events.front().text += fmt::format(
        "; {} undelivered records and {} readings that wait for a trusted clock could be read and "
        "are kept",
        salvaged->records, salvaged->held);
    for (const SequenceRange& range : salvaged->missing) {
      opened_.events.push_back(told(
          "store_damaged",
          fmt::format("records {} to {} cannot be read any more; those of them that no broker has are lost",
                      range.first.value, range.last.value),
          range));
    }
    return {};
  }

  Result<void> move_in() {
    remove_damage_mark(path_);
    if (std::rename(draft_.c_str(), path_.c_str()) != 0)
      return system_error("cannot rename " + draft_, errno);
    remove_files(draft_);
    if (Result<void> done = sync_directory(options_.dir); !done) return done;
    opened_.file = std::make_unique<QueueFile>(path_);
    return opened_.file->open();
  }

  const StoreOptions& options_;
  std::string path_;
  std::string draft_;
  Random& random_;
  std::string owner_;
  std::optional<Mark> mark_;
  Sequence highest_;  // that is known of
  OpenedQueue opened_;
};

}  // namespace

Result<OpenedQueue> open_queue(const StoreOptions& options, Random& random, const std::string& owner) {
  return Opener(options, random, owner).open();
}

}  // namespace submeter::store
