// SPDX-License-Identifier: Apache-2.0
// What the tests of this folder put into a store: every byte follows from (stream, seq, round), so that
// whoever finds a record later knows what must be in it, and whether it was given to another before.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "records/recorder.h"
#include "submeter/holding_store.h"
#include "submeter/record_queue.h"

namespace submeter::power {

/// Where and when a record was made. `round`: of the life of the store that made it.
struct Origin {
  std::string stream;
  std::uint64_t seq = 0;
  std::uint32_t round = 0;
  auto operator<=>(const Origin&) const = default;
};

/// Twelve values that change as those of a meter do.
inline Record make_record(const Origin& origin) {
  const std::uint64_t mix = (origin.seq * 0x9E3779B97F4A7C15ULL) ^ (origin.round * 0xD1B54A32D192ED03ULL);
  const auto number = [&](unsigned bits, unsigned shift) {
    return static_cast<std::int64_t>((mix >> shift) & ((1ULL << bits) - 1));
  };
  Sample sample;
  Reading& reading = sample.reading;
  reading.circuit = reading.meter = "circuit-" + std::to_string(origin.seq % 7);
  reading.span = std::chrono::milliseconds{20 + number(6, 0)};
  const auto seq = static_cast<std::int64_t>(origin.seq);
  reading.values = {{"power_kw", Decimal(12'000 + number(10, 6), -3)},
                    {"energy_import_kwh", Decimal(4'800'000 + seq * 3, -2)},
                    {"pf", Decimal(90 + number(3, 16), -2)}};
  for (const char* phase : {"l1", "l2", "l3"}) {
    const unsigned shift = 20 + static_cast<unsigned>(phase[1] - '1') * 8;
    reading.values.push_back({std::string("power_") + phase + "_kw", Decimal(4'000 + number(9, shift), -3)});
    reading.values.push_back(
        {std::string("voltage_") + phase + "n_v", Decimal(2'300 + number(5, shift), -1)});
    reading.values.push_back(
        {std::string("current_") + phase + "_a", Decimal(17'000 + number(9, shift), -3)});
  }
  sample.stamp = {.time = UtcTime{std::chrono::milliseconds{1'795'212'900'000 + seq * 100}},
                  .state = ClockState::kSynced,
                  .error_bound = std::chrono::milliseconds{4}};
  sample.config = std::to_string(10'000'000 + origin.round);
  return {.seq = Sequence{origin.seq},
          .kind = RecordKind::kSample,
          .circuit = reading.circuit,
          .time = sample.stamp.time,
          .json = records::sample_json(sample, {.site = "hq", .gateway = "gw-0042"}, origin.stream,
                                       Sequence{origin.seq})};
}

/// The text between `before` and the next quotation mark, comma or brace.
inline std::string field_of(std::string_view json, std::string_view before) {
  const std::size_t at = json.find(before);
  if (at == std::string_view::npos) return "";
  const std::size_t begin = at + before.size();
  return std::string(json.substr(begin, json.find_first_of("\",}", begin) - begin));
}

inline std::optional<std::uint64_t> number_of(const std::string& text) {
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos)
    return {};
  return std::stoull(text);
}

/// Whose record it says it is; empty when it says nothing of the kind.
inline std::optional<Origin> origin_of(const Record& record) {
  const auto seq = number_of(field_of(record.json, "\"seq\":"));
  const auto config = number_of(field_of(record.json, "\"cfg\":\""));
  if (!seq || !config || *config < 10'000'000) return {};
  return Origin{.stream = field_of(record.json, "\"stream\":\""),
                .seq = *seq,
                .round = static_cast<std::uint32_t>(*config - 10'000'000)};
}

/// The n-th text that was held in a round.
inline std::string make_text(std::uint32_t round, std::uint64_t n) {
  return "held " + std::to_string(round) + ":" + std::to_string(n) + " " +
         std::string(30, static_cast<char>('a' + n % 26));
}

}  // namespace submeter::power
