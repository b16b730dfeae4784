// SPDX-License-Identifier: Apache-2.0
// Fills a queue.db as the daemon would have in hours of polling without a broker, as fast as the disk takes
// it.
//
//   backlog --dir DIR --span 24h --start UTC_MS [--circuits 100] [--interval 5s] [--values 12] [--commit 1s]
//           [--max-size 2GiB] [--seed 1]
//
// Records are made by the real recorder and kept by the real queue on a real loop; only the readings and
// their times are made up: noisy loads, counters that add them up, now and then a meter that does not answer,
// an event an hour. A commit carries what --commit of that time brought, so that blocks are as large as those
// of a daemon with that commit interval. The same seed makes the same readings. What a store already has
// stays before them. Ends with a line of JSON that says what was written.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <map>
#include <numbers>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/epoll_loop.h"
#include "core/system_random.h"
#include "records/recorder.h"
#include "store/sqlite_queue.h"

namespace submeter {
namespace {

using std::chrono::milliseconds;

constexpr const char* kConfig = "9f2c01ab";

struct Wanted {
  std::string dir;
  std::size_t circuits = 100;
  milliseconds interval{5000};
  milliseconds span{};
  milliseconds start{};
  milliseconds commit{1000};
  std::size_t values = 12;
  std::uint64_t max_size = StoreOptions{}.max_size;
  std::uint64_t seed = 1;
};

/// The load of one circuit: a daily curve, noise on every value, a counter that adds the energy up.
class Circuit {
 public:
  Circuit(std::size_t number, std::uint64_t seed)
      : id_(fmt::format("circuit-{:03}", number)),
        engine_(seed * 1'000'003 + number),
        base_kw_(2 + chance() * 40) {
    import_wh_ = std::floor(chance() * 4e8);
  }

  Sample at(milliseconds time, milliseconds interval, std::size_t values) {
    Sample sample;
    sample.config = kConfig;
    sample.stamp = {UtcTime{time + milliseconds{delay_}}, ClockState::kSynced, milliseconds{4}};
    sample.reading.circuit = sample.reading.meter = id_;
    delay_ = static_cast<std::int64_t>(20 + chance() * 60);
    if (silent_ > 0 || chance() < 0.0005) {
      silent_ = silent_ > 0 ? silent_ - 1 : 5;
      return without_answer(std::move(sample));
    }
    measure(time, interval);
    sample.reading.span = milliseconds{static_cast<std::int64_t>(30 + chance() * 20)};
    sample.reading.values = readings(values);
    if (chance() < 0.001) {
      sample.reading.quality = Quality::kQuestionable;
      sample.reading.flags.set(QualityFlag::kPartial);
      sample.reading.error = "0x02 illegal data address";
      sample.reading.values.pop_back();
    }
    return sample;
  }

 private:
  double chance() { return std::uniform_real_distribution<double>{0, 1}(engine_); }
  double noise(double share) { return 1 + std::normal_distribution<double>{0, share}(engine_); }

  static Sample without_answer(Sample sample) {
    sample.reading.quality = Quality::kBad;
    sample.reading.flags.set(QualityFlag::kCommTimeout);
    sample.reading.error = "no response, 2 tries";
    return sample;
  }

  void measure(milliseconds time, milliseconds interval) {
    constexpr double kDay = 86'400'000;
    const double phase = 2 * std::numbers::pi * static_cast<double>(time.count() % 86'400'000) / kDay;
    kw_ = base_kw_ * (1.2 - std::cos(phase)) * noise(0.02);
    import_wh_ += kw_ * static_cast<double>(interval.count()) / 3600;
  }

  /// As a three-phase meter gives them: fixed digits, each with noise of its own.
  std::vector<PointValue> readings(std::size_t count) {
    const auto fixed = [](double value, int digits) {
      return Decimal(std::llround(value * std::pow(10.0, digits)), -digits);
    };
    std::vector<PointValue> all;
    const double volt = 230 * noise(0.003);
    const double pf = std::clamp(0.95 * noise(0.01), 0.0, 1.0);
    all.push_back({"power_kw", fixed(kw_, 3)});
    all.push_back({"energy_import_kwh",
                   fixed(std::floor(import_wh_ / 10), 0).times(Decimal(1, -2)).value_or(Decimal{})});
    all.push_back({"pf", fixed(pf, 3)});
    all.push_back({"frequency_hz", fixed(50 * noise(0.0002), 2)});
    for (const char* name : {"voltage_l1n_v", "voltage_l2n_v", "voltage_l3n_v"})
      all.push_back({name, fixed(volt * noise(0.002), 1)});
    for (const char* name : {"current_l1_a", "current_l2_a", "current_l3_a"})
      all.push_back({name, fixed(kw_ * 1000 / 3 / volt / std::max(pf, 0.5) * noise(0.05), 2)});
    all.push_back({"reactive_power_kvar", fixed(kw_ * 0.33 * noise(0.05), 3)});
    all.push_back({"apparent_power_kva", fixed(kw_ / std::max(pf, 0.5), 3)});
    for (const char* name : {"power_l1_kw", "power_l2_kw", "power_l3_kw", "pf_l1", "pf_l2", "pf_l3"})
      all.push_back({name, fixed(std::string_view(name).starts_with("pf") ? pf : kw_ / 3 * noise(0.05), 3)});
    all.resize(std::clamp<std::size_t>(count, 1, all.size()));
    return all;
  }

  std::string id_;
  std::mt19937_64 engine_;
  double base_kw_;
  double kw_ = 0;
  double import_wh_ = 0;
  int silent_ = 0;
  std::int64_t delay_ = 40;
};

/// Appends one commit's worth of records, waits for it, and goes on until the span is over.
class Backlog {
 public:
  Backlog(core::EpollLoop& loop, store::SqliteQueue& queue, const Wanted& wanted)
      : loop_(loop), queue_(queue), wanted_(wanted), recorder_(queue, {.site = "hq", .gateway = "gw-test"}) {
    for (std::size_t i = 0; i < wanted.circuits; ++i) circuits_.emplace_back(i + 1, wanted.seed);
  }

  void go_on() {
    const milliseconds until = std::min(now_ + wanted_.commit, wanted_.span);
    // A circuit is due at multiples of its interval, all at the same instants.
    for (; next_due_ < until; next_due_ += wanted_.interval) {
      if (!take(next_due_)) return fail("the hand-over to the disk is full; a shorter --commit is needed");
    }
    // Commits that would carry nothing are not made.
    now_ = next_due_ < wanted_.span ? std::max(until, next_due_ / wanted_.commit * wanted_.commit)
                                    : wanted_.span;
    queue_.flush([this] { now_ < wanted_.span ? loop_.post([this] { go_on(); }) : loop_.stop(); });
  }
  void fail(const std::string& why) {
    error_ = why;
    loop_.stop();
  }
  const std::string& error() const { return error_; }
  std::uint64_t samples() const { return samples_; }
  std::uint64_t events() const { return events_; }

 private:
  bool take(milliseconds due) {
    const milliseconds time = wanted_.start + due;
    if (due >= next_event_) {
      next_event_ += std::chrono::hours{1};
      if (!recorder_.on_event(hourly_event(time))) return false;
      ++events_;
    }
    for (Circuit& circuit : circuits_) {
      if (!recorder_.on_sample(circuit.at(time, wanted_.interval, wanted_.values))) return false;
      ++samples_;
    }
    return true;
  }
  StampedEvent hourly_event(milliseconds time) const {
    return {.event = {.name = "config_changed",
                      .text = fmt::format("configuration reloaded, {} circuits", circuits_.size()),
                      .instant = {},
                      .fields = {{"circuits", fmt::format("{}", circuits_.size())}}},
            .stamp = {UtcTime{time}, ClockState::kSynced, milliseconds{4}},
            .config = kConfig};
  }

  core::EpollLoop& loop_;
  store::SqliteQueue& queue_;
  const Wanted& wanted_;
  records::Recorder recorder_;
  std::vector<Circuit> circuits_;
  milliseconds now_{};
  milliseconds next_due_{};
  milliseconds next_event_{};
  std::uint64_t samples_ = 0;
  std::uint64_t events_ = 0;
  std::string error_;
};

int fill(const Wanted& wanted) {
  core::EpollLoop loop;
  core::SystemRandom random;
  const StoreOptions options{.dir = wanted.dir,
                             .commit_interval = std::chrono::hours{1},
                             .max_size = wanted.max_size,
                             .min_free = 0};
  auto opened = store::SqliteQueue::open(loop, options, random);
  if (!opened) {
    fmt::print(stderr, "backlog: {}\n", opened.error().message);
    return 1;
  }
  store::SqliteQueue& queue = **opened;
  const Sequence first = queue.next_sequence();
  Backlog backlog(loop, queue, wanted);
  queue.on_failure([&](const Error& error) { backlog.fail(error.message); });
  loop.post([&] { backlog.go_on(); });
  loop.run();
  if (!backlog.error().empty()) {
    fmt::print(stderr, "backlog: {}\n", backlog.error());
    return 1;
  }
  fmt::print(R"({{"samples":{},"events":{},"first_seq":{},"next_seq":{},"stream":"{}","bytes_on_disk":{}}})"
             "\n",
             backlog.samples(), backlog.events(), first.value, queue.next_sequence().value, queue.stream(),
             queue.status().bytes_on_disk);
  return 0;
}

}  // namespace
}  // namespace submeter

int main(int argc, char** argv) {
  using submeter::milliseconds;
  submeter::Wanted wanted;
  std::int64_t interval = wanted.interval.count();
  std::int64_t commit = wanted.commit.count();
  std::int64_t span = 0;
  std::int64_t start = 0;
  const CLI::AsNumberWithUnit duration(
      std::map<std::string, std::int64_t>{
          {"ms", 1}, {"s", 1000}, {"min", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}},
      CLI::AsNumberWithUnit::UNIT_REQUIRED);
  CLI::App app("Fills a queue.db as hours of polling without a broker would.", "backlog");
  app.add_option("--dir", wanted.dir)->required()->check(CLI::ExistingDirectory);
  app.add_option("--start", start, "Milliseconds since 1970")->required();
  app.add_option("--span", span)->required()->transform(duration);
  app.add_option("--circuits", wanted.circuits)->check(CLI::Range(1, 10'000));
  app.add_option("--interval", interval)->transform(duration)->check(CLI::PositiveNumber);
  app.add_option("--values", wanted.values)->check(CLI::Range(1, 18));
  app.add_option("--commit", commit, "Committed together")->transform(duration)->check(CLI::PositiveNumber);
  app.add_option("--max-size", wanted.max_size)->transform(CLI::AsSizeValue(false));
  app.add_option("--seed", wanted.seed);
  CLI11_PARSE(app, argc, argv);
  wanted.interval = milliseconds{interval};
  wanted.commit = milliseconds{commit};
  wanted.span = milliseconds{span};
  wanted.start = milliseconds{start};
  return submeter::fill(wanted);
}
