// SPDX-License-Identifier: Apache-2.0
// Power cuts under load: a process fills a store on a disk whose power is cut at a random moment. What it was
// told to be committed is there afterwards, or reported missing; the sequence goes on, and nothing is
// altered.
//
//   power_cuts [--cuts 15] [--seed N] [--roomy]
//
// Now and then the broker is away and the store too small for what comes; not with --roomy. Needs root, a
// loop device and mkfs.ext4, or ends with 77: skipped. The same store lives through all cuts.
#include <fmt/format.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <stdexcept>

#include "core/unique_fd.h"
#include "tests/power/command_line.h"
#include "tests/power/cut_disk.h"
#include "tests/power/load.h"
#include "tests/power/store_life.h"

namespace submeter::power {
namespace {

constexpr int kSkipped = 77;
constexpr std::uint64_t kDiskBytes = 96ULL << 20;

class Cuts {
 public:
  Cuts(CutDisk& disk, std::uint64_t seed, bool roomy) : disk_(disk), random_(seed), roomy_(roomy) {
    options_.dir = disk.path() + "/store";
    options_.commit_interval = std::chrono::milliseconds{2};
    options_.min_free = 0;
    options_.keep_delivered = std::chrono::seconds{60};  // 600 records
  }

  /// Empty, or how the promise was broken.
  std::string one(std::uint32_t round) {
    const bool broker_away = random_() % 4 == 0;
    options_.max_size = broker_away && !roomy_ ? 1ULL << 20 : 2ULL << 30;
    const std::string wrong = cut_under_load(round, broker_away);
    if (!wrong.empty()) return wrong;
    const Result<Found> found = find_everything(options_);
    if (!found) return found.error().message;
    for (const store::StoreEvent& event : found->events) {
      ++events_;
      std::printf("cut %u: %s: %s\n", round, event.name.c_str(), event.text.c_str());
    }
    found_ += found->undelivered.size();
    return ledger_.check(*found, round);
  }
  /// How the power went away last.
  const std::string& last() const { return last_; }
  std::string summary() const {
    return fmt::format(
        "{} cuts ({} without, {} with the journal flushed, {} after a sync; {} under a living writer); "
        "{} records told, {} found undelivered, {} events at starts",
        by_kind_[2] + by_kind_[1] + by_kind_[0], by_kind_[2], by_kind_[1], by_kind_[0], living_,
        ledger_.promised(), found_, events_);
  }

 private:
  std::string cut_under_load(std::uint32_t round, bool broker_away) {
    int ends[2];
    if (::pipe(ends) != 0) return "no pipe";
    const std::uint64_t chance = random_();
    const pid_t writer = ::fork();
    if (writer == 0) {
      ::close(ends[0]);
      load_until_killed(options_, round, chance, broker_away, ends[1]);
    }
    ::close(ends[1]);
    const core::UniqueFd in(ends[0]);
    if (!listen(in.get(), round, 1 + random_() % 200)) return "the writer ended by itself";
    const Cut how =
        std::array{Cut::kNoFlushLog, Cut::kNoFlushLog, Cut::kFlushLog, Cut::kAfterSync}[random_() % 4];
    const bool alive = random_() % 3 == 0;
    if (!alive) end(writer);
    if (random_() % 2 == 0) disk_.write_some_back(options_.dir, random_());
    while (has_more(in.get()) && listen(in.get(), round, 1)) {
    }
    disk_.cut(how);
    if (alive) end(writer);
    // A machine without power tells nothing. This one does, and ext4 may call a sync a success that it was
    // not when the journal was aborted under it: what comes now takes promises back, and makes none.
    without_power_ = alive;
    listen(in.get(), round, UINT64_MAX);
    without_power_ = false;
    disk_.restart();
    ++by_kind_[static_cast<std::size_t>(how)];
    last_ = fmt::format("kind {}, the writer {}, {}", static_cast<unsigned>(how),
                        alive ? "alive" : "killed before", broker_away ? "the broker away" : "with a broker");
    living_ += alive ? 1 : 0;
    return "";
  }
  static void end(pid_t writer) {
    ::kill(writer, SIGKILL);
    ::waitpid(writer, nullptr, 0);
  }
  static bool has_more(int in) {
    pollfd state{.fd = in, .events = POLLIN, .revents = 0};
    return ::poll(&state, 1, 0) > 0;
  }
  /// Takes down what is told, `messages` at most; false at the end of the pipe.
  bool listen(int in, std::uint32_t round, std::uint64_t messages) {
    Told told;
    for (std::uint64_t i = 0; i < messages; ++i) {
      if (::read(in, &told, sizeof told) != sizeof told) return false;
      take_down(told, round);
    }
    return true;
  }
  void take_down(const Told& told, std::uint32_t round) {
    const bool promise = told.what == Told::What::kCommitted || told.what == Told::What::kHeld;
    if (promise && without_power_) return;
    switch (told.what) {
      case Told::What::kCommitted:
        for (std::uint64_t seq = told.first; seq <= told.last; ++seq) {
          ledger_.told({.stream = told.stream, .seq = seq, .round = round});
        }
        break;
      case Told::What::kDelivered:
        ledger_.delivered(told.stream, told.last);
        break;
      case Told::What::kDropped:
        ledger_.told_missing(told.first, told.last);
        break;
      case Told::What::kHeld:
        ledger_.held(told.first, make_text(told.round, told.last));
        break;
      case Told::What::kReleasing:
        ledger_.released(told.last);
        break;
      case Told::What::kHeldDropped:
        ledger_.released(UINT64_MAX - 1);
        break;
    }
  }

  CutDisk& disk_;
  std::mt19937_64 random_;
  bool roomy_;
  StoreOptions options_;
  Ledger ledger_;
  std::array<std::uint64_t, 3> by_kind_{};
  std::uint64_t living_ = 0;
  std::uint64_t found_ = 0;
  std::uint64_t events_ = 0;
  std::string last_;
  bool without_power_ = false;
};

int run(std::uint64_t cuts, std::uint64_t seed, bool roomy, const std::string& folder) {
  std::unique_ptr<CutDisk> disk;
  try {
    disk = std::make_unique<CutDisk>(folder, kDiskBytes);
  } catch (const std::runtime_error& reason) {
    std::fprintf(stderr, "SKIPPED: %s. NO POWER WAS CUT.\n", reason.what());
    return kSkipped;
  }
  Cuts test(*disk, seed, roomy);
  for (std::uint32_t round = 1; round <= cuts; ++round) {
    const std::string wrong = test.one(round);
    if (wrong.empty()) continue;
    std::printf("cut %u of seed %lu (%s): %s\n", round, seed, test.last().c_str(),
                wrong.substr(0, 600).c_str());
    return EXIT_FAILURE;
  }
  std::printf("%s\n", test.summary().c_str());
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace submeter::power

int main(int argc, char** argv) {
  const std::span words(argv, static_cast<std::size_t>(argc));
  const std::uint64_t seed = submeter::power::number_argument(words, "--seed", 1);
  std::printf("seed %lu\n", seed);
  std::string folder = std::filesystem::temp_directory_path() / "power_cuts_XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) return EXIT_FAILURE;
  const std::uint64_t cuts = submeter::power::number_argument(words, "--cuts", 15);
  const bool roomy = submeter::power::has_argument(words, "--roomy");
  const int status = submeter::power::run(cuts, seed, roomy, folder);
  std::filesystem::remove_all(folder);
  return status;
}
