// SPDX-License-Identifier: Apache-2.0
// What 100 circuits say, one after another, each every five seconds: twelve values that move as a meter's do.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "records/recorder.h"
#include "submeter/record_queue.h"

namespace submeter::bench {

class Readings {
 public:
  static constexpr int kCircuits = 100;
  static constexpr std::int64_t kMillisecondsApart = 5000 / kCircuits;

  /// `bytes`: of each record, which then holds no values; 0: whatever it takes to say twelve.
  Readings(std::string stream, std::int64_t begin_ms, std::size_t bytes)
      : stream_(std::move(stream)), begin_ms_(begin_ms), bytes_(bytes) {
    for (int i = 0; i < kCircuits; ++i) {
      const std::string name = "circuit-" + std::to_string(i);
      Sample& sample = samples_[static_cast<std::size_t>(i)];
      sample.reading.circuit = sample.reading.meter = name;
      sample.reading.span = std::chrono::milliseconds{182};
      sample.config = "9f2c01ab";
      sample.stamp.state = ClockState::kSynced;
      sample.stamp.error_bound = std::chrono::milliseconds{4};
      for (const auto& [point, start, exponent, step] : kPoints) {
        sample.reading.values.push_back({point, Decimal(start + 977L * i, exponent)});
      }
    }
  }

  Record next(Sequence seq) {
    Sample& sample = samples_[count_ % kCircuits];
    sample.stamp.time = UtcTime{
        std::chrono::milliseconds{begin_ms_ + static_cast<std::int64_t>(count_) * kMillisecondsApart}};
    ++count_;
    if (bytes_ == 0) move(sample.reading);
    return {.seq = seq,
            .kind = RecordKind::kSample,
            .circuit = sample.reading.circuit,
            .time = sample.stamp.time,
            .json = bytes_ == 0
                        ? records::sample_json(sample, {.site = "hq", .gateway = "gw-0042"}, stream_, seq)
                        : filled(seq)};
  }

 private:
  struct Point {
    const char* name;
    std::int64_t start;
    int exponent;
    std::int64_t step;  ///< Changes by at most this; a register of energy only grows.
  };
  static constexpr std::array<Point, 12> kPoints{{{"energy_import_kwh", 4'821'136, -2, 3},
                                                  {"power_kw", 12'481, -3, 40},
                                                  {"power_l1_kw", 4'160, -3, 20},
                                                  {"power_l2_kw", 4'160, -3, 20},
                                                  {"power_l3_kw", 4'160, -3, 20},
                                                  {"voltage_l1n_v", 2'301, -1, 4},
                                                  {"voltage_l2n_v", 2'311, -1, 4},
                                                  {"voltage_l3n_v", 2'297, -1, 4},
                                                  {"current_l1_a", 18'310, -3, 90},
                                                  {"current_l2_a", 18'120, -3, 90},
                                                  {"current_l3_a", 18'550, -3, 90},
                                                  {"pf", 97, -2, 1}}};

  void move(Reading& reading) {
    for (std::size_t i = 0; i < kPoints.size(); ++i) {
      const Point& point = kPoints[i];
      const auto width = static_cast<std::uint64_t>(2 * point.step + 1);
      std::int64_t change = static_cast<std::int64_t>(random_() % width) - point.step;
      if (i == 0) change = std::max<std::int64_t>(change, 0);
      // Back to where it started from time to time: nothing leaves the range of a meter.
      PointValue& value = reading.values[i];
      const auto moved = value.value.plus(Decimal(change, point.exponent));
      value.value = moved.value_or(Decimal(point.start, point.exponent));
    }
  }
  std::string filled(Sequence seq) const {
    std::string json = "{\"seq\":" + std::to_string(seq.value) + ",\"x\":\"";
    std::uint64_t mix = seq.value;
    while (json.size() + 2 < bytes_) {
      mix = mix * 6364136223846793005ULL + 1442695040888963407ULL;
      json += static_cast<char>('0' + (mix >> 60) % 10);
    }
    return json + "\"}";
  }

  std::string stream_;
  std::int64_t begin_ms_;
  std::size_t bytes_;
  std::uint64_t count_ = 0;
  std::minstd_rand random_{1};
  std::array<Sample, kCircuits> samples_;
};

}  // namespace submeter::bench
