// SPDX-License-Identifier: Apache-2.0
// What a record takes on the disk and what packing it costs: samples of 100 circuits every 5 s, 12 values
// each, as packed blocks and as plain ones under zstd. `packed_block [--json]`
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "records/recorder.h"
#include "simulate/daily_load.h"
#include "simulate/point_values.h"
#include "simulate/seeded_random.h"
#include "store/block.h"
#include "store/packed_block.h"
#include "usage.h"

namespace {

using namespace submeter;
using std::chrono::milliseconds;

constexpr std::size_t kCircuits = 100;
constexpr std::size_t kRounds = 800;
constexpr std::int64_t kInterval = 5'000;

struct Point {
  const char* name;
  double noise;  ///< Of each reading by itself, as a part of the value: white, which is the hardest.
  int decimals;  ///< That the register holds.
};
constexpr std::array<Point, 12> kPoints{{{"energy_import_kwh", 0, 2},
                                         {"power_kw", 0.02, 3},
                                         {"power_l1_kw", 0.02, 3},
                                         {"power_l2_kw", 0.02, 3},
                                         {"power_l3_kw", 0.02, 3},
                                         {"voltage_l1n_v", 0.002, 1},
                                         {"voltage_l2n_v", 0.002, 1},
                                         {"voltage_l3n_v", 0.002, 1},
                                         {"current_l1_a", 0.02, 2},
                                         {"current_l2_a", 0.02, 2},
                                         {"current_l3_a", 0.02, 2},
                                         {"pf", 0.005, 3}}};

class Chance {
 public:
  /// −1…1
  double next() { return 2 * simulate::unit_interval(simulate::mix(++drawn_)) - 1; }

 private:
  std::uint64_t drawn_ = 0;
};

/// As a register of `decimals` holds it, or a float of the unit's thousandth.
Decimal register_value(double value, int decimals, bool floats) {
  if (floats) return *Decimal::from_float(static_cast<float>(value * 1e3))->times(Decimal(1, -3));
  double scaled = value;
  for (int i = 0; i < decimals; ++i) scaled *= 10;
  return {static_cast<std::int64_t>(std::max(scaled, -scaled) + 0.5) * (scaled < 0 ? -1 : 1), -decimals};
}

Sample take_sample(std::size_t circuit, simulate::Load& load, std::int64_t at, Chance& chance, bool floats) {
  const simulate::LoadState state = load.at(milliseconds{at});
  Sample sample;
  Reading& reading = sample.reading;
  reading.circuit = reading.meter =
      "floor-" + std::to_string(circuit / 10) + "-panel-" + std::to_string(circuit % 10);
  reading.span = milliseconds{180 + static_cast<int>(4 * chance.next())};
  for (const Point& point : kPoints) {
    const double value = simulate::point_value(point.name, state).value_or(Decimal()).to_double();
    const double noisy = value * (1 + point.noise * chance.next());
    reading.values.push_back({point.name, register_value(noisy, point.decimals, floats)});
  }
  sample.stamp.time = UtcTime{milliseconds{1'795'212'900'000 + at}};
  sample.stamp.state = ClockState::kSynced;
  sample.stamp.error_bound = milliseconds{4};
  sample.config = "9f2c01ab";
  return sample;
}

std::vector<Record> make_records(bool floats) {
  std::vector<std::unique_ptr<simulate::DailyLoad>> loads;
  for (std::size_t i = 0; i < kCircuits; ++i) {
    const auto shape = i % 3 == 0 ? simulate::LoadShape::kSteady : simulate::LoadShape::kOffice;
    loads.push_back(std::make_unique<simulate::DailyLoad>(simulate::DailyLoadOptions{
        .shape = shape, .peak_kw = 2.0 + 0.4 * static_cast<double>(i), .seed = i}));
  }
  Chance chance;
  std::vector<Record> records;
  Sequence seq{184'467};
  for (std::size_t round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < kCircuits; ++i, seq = seq.next()) {
      const auto jitter = static_cast<std::int64_t>(10 + 9 * chance.next());
      const std::int64_t at =
          static_cast<std::int64_t>(round) * kInterval + static_cast<std::int64_t>(i) * 50 + jitter;
      const Sample sample = take_sample(i, *loads[i], at, chance, floats);
      records.push_back({.seq = seq,
                         .kind = RecordKind::kSample,
                         .circuit = sample.reading.circuit,
                         .time = sample.stamp.time,
                         .json = records::sample_json(sample, {"hq", "gw-0042"}, "k3v9q2m7ta", seq)});
    }
  }
  return records;
}

struct Row {
  std::string form;
  double bytes = 0;  ///< Of each record, as the rest.
  double encode_us = 0;
  double decode_us = 0;
};

using Bytes = std::vector<std::uint8_t>;

/// Cuts the records into blocks of `size`; the last part that is not a whole one is left out.
template <class Encode, class Decode>
Row measure(std::string form, std::span<const Record> records, std::size_t size, Encode encode,
            Decode decode) {
  Row row{.form = std::move(form)};
  std::vector<Bytes> blocks;
  const std::size_t whole = records.size() / size * size;
  bench::Usage begin = bench::Usage::now();
  for (std::size_t at = 0; at < whole; at += size) blocks.push_back(encode(records.subspan(at, size)));
  const auto count = static_cast<double>(whole);
  row.encode_us = bench::Usage::now().since(begin).cpu_us / count;
  begin = bench::Usage::now();
  std::size_t read = 0;
  for (const Bytes& block : blocks) {
    read += decode(block).size();
    row.bytes += static_cast<double>(block.size()) / count;
  }
  row.decode_us = bench::Usage::now().since(begin).cpu_us / count;
  SUBMETER_CHECK(read == whole);
  return row;
}

Bytes compress(std::span<const Record> records, int level) {
  const Bytes plain = store::encode_block(records);
  Bytes frame(ZSTD_compressBound(plain.size()));
  frame.resize(ZSTD_compress(frame.data(), frame.size(), plain.data(), plain.size(), level));
  return frame;
}

std::vector<Record> decompress(const Bytes& frame) {
  Bytes plain(ZSTD_getFrameContentSize(frame.data(), frame.size()));
  ZSTD_decompress(plain.data(), plain.size(), frame.data(), frame.size());
  return *store::decode_block(plain);
}

std::vector<Row> measure_all(std::span<const Record> records, std::size_t size) {
  const auto zstd = [&](int level) {
    return measure(
        "JSON, zstd -" + std::to_string(level), records, size,
        [level](std::span<const Record> block) { return compress(block, level); }, decompress);
  };
  return {measure(
              "packed", records, size,
              [](std::span<const Record> block) { return *store::encode_packed_block(block); },
              [](const Bytes& block) { return *store::decode_packed_block(block); }),
          zstd(1), zstd(3)};
}

}  // namespace

int main(int argc, char** argv) {
  const bool json = argc > 1 && std::string_view(argv[1]) == "--json";
  for (const bool floats : {false, true}) {
    const std::vector<Record> records = make_records(floats);
    double length = 0;
    for (const Record& record : records) length += static_cast<double>(record.json.size());
    const char* registers = floats ? "float32" : "scaled integers";
    if (!json)
      std::printf("%s, %.0f bytes of JSON a record\n", registers,
                  length / static_cast<double>(records.size()));
    for (const std::size_t size : {256U, 1024U, 4096U}) {
      for (const Row& row : measure_all(records, size)) {
        std::printf(
            json ? "{\"registers\":\"%s\",\"block\":%zu,\"form\":\"%s\",\"bytes\":%.2f,\"encode_us\":%.2f,"
                   "\"decode_us\":%.2f}\n"
                 : "%.0s%6zu  %-14s%8.2f bytes  encode %6.2f us  decode %6.2f us\n",
            registers, size, row.form.c_str(), row.bytes, row.encode_us, row.decode_us);
      }
    }
  }
}
