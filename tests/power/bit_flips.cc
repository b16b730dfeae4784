// SPDX-License-Identifier: Apache-2.0
// Damage at random places of every file of a store: what was committed is there or is reported missing,
// nothing altered is ever returned, no seq of a stream is given twice, and the store works afterwards.
//
//   bit_flips [--count 500] [--seed N] [--only N] [--all]
//
// Case n of a seed is always the same one: --only repeats it. --all goes on behind a failure and counts them.
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "store/schema.h"
#include "tests/power/command_line.h"
#include "tests/power/store_life.h"

namespace submeter::power {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kLastRound = 9;
constexpr std::size_t kLongestRun = 64;
constexpr std::size_t kPage = store::kPageBytes;

/// On memory where there is some: a sync costs nothing there, and no power is cut here.
fs::path scratch() {
  std::string name =
      (fs::exists("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path()) / "bit_flips_XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no directory " + name);
  return name;
}

StoreOptions options_in(const fs::path& directory) {
  StoreOptions options;
  options.dir = directory;
  options.commit_interval = std::chrono::milliseconds{1};
  options.min_free = 0;
  return options;
}

/// A store as some process left it, and what it promised.
struct Left {
  std::string how;
  std::string stream;
  fs::path directory;
  Ledger ledger;
};

/// The stores that are damaged: killed while young, killed with a log behind a checkpoint, closed.
class Makers {
 public:
  Makers(const fs::path& folder, std::mt19937_64& random) : folder_(folder), random_(random) {}

  std::vector<Left> make() {
    const fs::path live = folder_ / "live";
    {
      StoreLife life(options_in(live));
      live_in(life, 1, 12);
      stream_ = life.queue->stream();
      keep(live, "killed, all of it in the log");
      live_in(life, 2, 20);
    }
    {
      StoreLife life(options_in(live));
      live_in(life, 3, 15);
      stream_ = life.queue->stream();
      keep(live, "killed, a checkpoint behind it");
    }
    keep(live, "closed");
    return std::move(left_);
  }

 private:
  /// Some commits: records, an acknowledgement, held entries of which some are released, a note.
  void live_in(StoreLife& life, std::uint32_t round, int commits) {
    const std::string& stream = life.queue->stream();
    for (int commit = 0; commit < commits; ++commit) {
      hold(life, round);
      life.queue->save_note(notes_.emplace_back("note " + std::to_string(notes_.size())),
                            HoldingStore::Save::kWithNextCommit);
      ledger_.note(notes_.back());
      if (!life.append(1 + random_() % 24, round, &ledger_)) throw std::runtime_error(life.failure);
      const std::uint64_t newest = life.queue->next_sequence().value - 1;
      if (commit % 4 == 3) {
        life.queue->acknowledge(Sequence{newest / 3});
        ledger_.delivered(stream, newest / 3);
      }
    }
    const auto held = life.read_held();
    if (!life.release(held[held.size() / 4].number)) throw std::runtime_error(life.failure);
    ledger_.released(held[held.size() / 4].number.value);
  }
  void hold(StoreLife& life, std::uint32_t round) {
    for (int i = 0; i < 3; ++i) life.queue->hold(make_text(round, texts_[round]++), RecordKind::kSample);
    for (const HeldEntry& entry : life.read_held()) ledger_.held(entry.number.value, entry.text);
  }
  /// Nothing is written just now: a copy is what a kill would leave.
  void keep(const fs::path& live, const std::string& how) {
    const fs::path directory = folder_ / how;
    fs::copy(live, directory, fs::copy_options::recursive);
    left_.push_back({.how = how, .stream = stream_, .directory = directory, .ledger = ledger_});
  }

  fs::path folder_;
  std::mt19937_64& random_;
  Ledger ledger_;
  std::string stream_;
  std::map<std::uint32_t, std::uint64_t> texts_;
  std::vector<std::string> notes_{""};
  std::vector<Left> left_;
};

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<fs::path> files_of(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.is_regular_file() && entry.file_size() > 0) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

/// Damages one random file in one random way.
class Damage {
 public:
  Damage(const fs::path& directory, const std::string& stream, std::mt19937_64& random)
      : random_(random), stream_(stream) {
    const auto files = files_of(directory);
    file_ = files[below(files.size())];
    bytes_ = content_of(file_);
  }

  /// What it did, in words.
  std::string do_it() {
    const std::size_t size = bytes_.size();
    const std::string what = one_of_them();
    std::ofstream(file_, std::ios::binary | std::ios::trunc) << bytes_;
    return fmt::format("{} of {} bytes: {}", file_.filename().string(), size, what);
  }

 private:
  std::string one_of_them() {
    switch (below(8)) {
      case 0:
        return truncate();
      case 1:
        return overwrite(below(bytes_.size()), 1 + below(kLongestRun), "noise");
      case 2:
        return overwrite(below(bytes_.size()) / kPage * kPage, kPage, "zeros");
      case 3:
        return flip(near_the_state());
      default:
        return flip(below(bytes_.size()));
    }
  }
  std::string truncate() {
    bytes_.resize(below(bytes_.size()));
    return fmt::format("truncated to {}", bytes_.size());
  }
  std::string overwrite(std::size_t at, std::size_t length, const std::string& with) {
    length = std::min(bytes_.size() - at, length);
    for (std::size_t i = 0; i < length; ++i)
      bytes_[at + i] = with == "zeros" ? '\0' : static_cast<char>(random_());
    return fmt::format("{} bytes at {} were made {}", length, at, with);
  }
  std::string flip(std::size_t at) {
    const std::size_t bit = below(8);
    bytes_[at] = static_cast<char>(bytes_[at] ^ (1 << bit));
    return fmt::format("bit {} of byte {} was flipped", bit, at);
  }
  /// A byte around the stream's name where it stands outside a record: what says how far the queue has come
  /// is small, and seldom hit by chance.
  std::size_t near_the_state() {
    std::vector<std::size_t> places;
    for (std::size_t at = bytes_.find(stream_); at != std::string::npos; at = bytes_.find(stream_, at + 1)) {
      if (at > 0 && bytes_[at - 1] != '"') places.push_back(at);
    }
    if (places.empty()) return below(bytes_.size());
    const std::size_t place = places[below(places.size())];
    return std::min(bytes_.size() - 1, place - std::min<std::size_t>(place, 12) + below(48));
  }
  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::mt19937_64& random_;
  std::string stream_;
  fs::path file_;
  std::string bytes_;
};

/// Empty, or how the promise was broken.
std::string outcome_of(const fs::path& directory, Ledger ledger) {
  const StoreOptions options = options_in(directory);
  const Result<Found> found = find_everything(options);
  if (!found) return found.error().message;
  if (std::string wrong = ledger.check(*found, kLastRound); !wrong.empty()) return wrong;
  {
    StoreLife life(options);
    if (!life.queue) return "afterwards it does not open: " + life.failure;
    if (!life.append(10, kLastRound, &ledger)) return "afterwards it takes nothing: " + life.failure;
  }
  const Result<Found> again = find_everything(options);
  if (!again) return "afterwards, " + again.error().message;
  const std::string wrong = ledger.check(*again, kLastRound);
  return wrong.empty() ? "" : "afterwards, " + wrong;
}

class Run {
 public:
  explicit Run(std::uint64_t seed) : seed_(seed) {
    std::mt19937_64 random(seed);
    stores_ = Makers(folder_, random).make();
  }
  ~Run() { fs::remove_all(folder_); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// True: the promise was kept in this case.
  bool survives(std::uint64_t number) {
    std::mt19937_64 random(seed_ * 1'000'003 + number);
    const Left& left = stores_[random() % stores_.size()];
    const fs::path directory = folder_ / "case";
    fs::remove_all(directory);
    fs::copy(left.directory, directory, fs::copy_options::recursive);
    const std::string done = Damage(directory, left.stream, random).do_it();
    const std::string wrong = outcome_of(directory, left.ledger);
    if (!wrong.empty()) {
      std::printf("case %lu of seed %lu, %s: %s: %s\n", number, seed_, left.how.c_str(), done.c_str(),
                  wrong.substr(0, 600).c_str());
    }
    return wrong.empty();
  }
  void describe() const {
    for (const Left& left : stores_) {
      std::printf("%s: %zu records promised;", left.how.c_str(), left.ledger.promised());
      for (const auto& entry : fs::directory_iterator(left.directory)) {
        std::printf(" %s %lu", entry.path().filename().c_str(), entry.file_size());
      }
      std::printf("\n");
    }
  }

 private:
  std::uint64_t seed_;
  fs::path folder_ = scratch();
  std::vector<Left> stores_;
};

}  // namespace
}  // namespace submeter::power

int main(int argc, char** argv) {
  using submeter::power::number_argument;
  const std::span words(argv, static_cast<std::size_t>(argc));
  const std::uint64_t seed = number_argument(words, "--seed", 1);
  const std::uint64_t first = number_argument(words, "--only", 0);
  const bool only = submeter::power::has_argument(words, "--only");
  const std::uint64_t end = only ? first + 1 : number_argument(words, "--count", 500);
  const bool all = submeter::power::has_argument(words, "--all");
  std::printf("seed %lu\n", seed);
  submeter::power::Run run(seed);
  run.describe();
  std::uint64_t failures = 0;
  for (std::uint64_t number = first; number < end; ++number) {
    failures += run.survives(number) ? 0 : 1;
    if (failures > 0 && !all) break;
  }
  std::printf("%lu cases failed\n", failures);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
