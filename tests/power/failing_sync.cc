// SPDX-License-Identifier: Apache-2.0
// A disk that takes writes and then cannot keep them: the kernel says so when they are synced, once, and
// forgets. What the store told as committed before is there afterwards, or reported missing; after the
// failure it tells nothing more.
//
//   failing_sync [--seed N]
//
// The disk is an image on a tmpfs that is too small for it. Needs root, a loop device and mkfs.ext4, or ends
// with 77: skipped.
#include <fmt/format.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <stdexcept>

#include "tests/power/command_line.h"
#include "tests/power/cut_disk.h"
#include "tests/power/store_life.h"

namespace submeter::power {
namespace {

constexpr int kSkipped = 77;
constexpr std::uint64_t kDiskBytes = 96ULL << 20;
constexpr std::uint64_t kSoundBytes = 16ULL << 20;
constexpr std::size_t kMostCommits = 20'000;  // many more than it takes

/// Commits until a sync fails; empty, or what was wrong with that.
std::string commit_until_failure(const StoreOptions& options, std::mt19937_64& chance, Ledger& ledger) {
  StoreLife life(options);
  if (!life.queue) return life.failure;
  std::size_t commits = 0;
  while (commits < kMostCommits && life.append(1 + chance() % 200, 1, &ledger)) ++commits;
  if (life.failure.empty()) return fmt::format("no sync failed in {} commits", commits);
  std::printf("after %zu commits: %s\n", commits, life.failure.c_str());
  if (commits == 0) return "the first commit failed: the disk is too small for the test";
  if (life.queue->append(make_record(
          {.stream = life.queue->stream(), .seq = life.queue->next_sequence().value, .round = 1})))
    return "it takes records after the failure";
  return "";
}

/// Restarted while the disk is as it was, as systemd does: it opens or says why not.
std::string restart_on_bad_disk(const StoreOptions& options) {
  StoreLife life(options);
  std::printf("restarted on the same disk: %s\n", life.queue ? "opened" : life.failure.c_str());
  if (life.queue == nullptr) return life.failure.empty() ? "it did not open, and did not say why" : "";
  return "";
}

std::string check(CutDisk& disk, std::uint64_t seed) {
  std::mt19937_64 chance(seed);
  StoreOptions options;
  options.dir = disk.path() + "/store";
  options.commit_interval = std::chrono::milliseconds{1};
  options.min_free = 0;
  Ledger ledger;
  if (std::string wrong = commit_until_failure(options, chance, ledger); !wrong.empty()) return wrong;
  if (std::string wrong = restart_on_bad_disk(options); !wrong.empty()) return wrong;
  disk.mend(kDiskBytes);
  disk.cut(Cut::kNoFlushLog);  // what the page cache shows is not what the disk has
  disk.restart();
  const Result<Found> found = find_everything(options);
  if (!found) return found.error().message;
  for (const store::StoreEvent& event : found->events) {
    std::printf("afterwards: %s: %s\n", event.name.c_str(), event.text.c_str());
  }
  std::printf("%zu told, %zu found\n", ledger.promised(), found->undelivered.size());
  return ledger.check(*found, 1);
}

int run(std::uint64_t seed, const std::string& folder) {
  std::unique_ptr<CutDisk> disk;
  try {
    disk = std::make_unique<CutDisk>(folder, kDiskBytes, kSoundBytes);
  } catch (const std::runtime_error& reason) {
    std::fprintf(stderr, "SKIPPED: %s. NO SYNC FAILED.\n", reason.what());
    return kSkipped;
  }
  const std::string wrong = check(*disk, seed);
  if (!wrong.empty()) std::printf("WRONG: %s\n", wrong.substr(0, 600).c_str());
  return wrong.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace submeter::power

int main(int argc, char** argv) {
  const std::span words(argv, static_cast<std::size_t>(argc));
  const std::uint64_t seed = submeter::power::number_argument(words, "--seed", 1);
  std::printf("seed %lu\n", seed);
  std::string folder = std::filesystem::temp_directory_path() / "failing_sync_XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) return EXIT_FAILURE;
  const int status = submeter::power::run(seed, folder);
  std::filesystem::remove_all(folder);
  return status;
}
