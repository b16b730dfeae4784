// SPDX-License-Identifier: Apache-2.0
#include "submeter/sample.h"

#include <algorithm>
#include <array>
#include <utility>

#include "submeter/check.h"

namespace submeter {
namespace {

constexpr std::array<std::pair<QualityFlag, const char*>, 11> kFlagNames{{
    {QualityFlag::kCommTimeout, "comm_timeout"},
    {QualityFlag::kCrc, "crc"},
    {QualityFlag::kException, "exception"},
    {QualityFlag::kPartial, "partial"},
    {QualityFlag::kClockUnsynced, "clock_unsynced"},
    {QualityFlag::kClockStepped, "clock_stepped"},
    {QualityFlag::kStale, "stale"},
    {QualityFlag::kOutOfRange, "out_of_range"},
    {QualityFlag::kHeld, "held"},
    {QualityFlag::kSimulated, "simulated"},
    {QualityFlag::kCtSuspect, "ct_suspect"},
}};

}  // namespace

std::string QualityFlags::to_string() const {
  std::string names;
  for (const auto& [flag, name] : kFlagNames) {
    if (!has(flag)) continue;
    if (!names.empty()) names += ' ';
    names += name;
  }
  return names;
}

QualityFlags QualityFlags::parse(std::string_view names) {
  QualityFlags flags;
  while (!names.empty()) {
    const auto end = std::min(names.find(' '), names.size());
    for (const auto& [flag, name] : kFlagNames) {
      if (names.substr(0, end) == name) flags.set(flag);
    }
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return flags;
}

const char* to_string(Quality quality) {
  switch (quality) {
    case Quality::kGood:
      return "good";
    case Quality::kQuestionable:
      return "questionable";
    case Quality::kBad:
      return "bad";
  }
  check_failed("a known Quality", __FILE__, __LINE__);
}

std::optional<Quality> parse_quality(std::string_view name) {
  for (const Quality quality : {Quality::kGood, Quality::kQuestionable, Quality::kBad}) {
    if (name == to_string(quality)) return quality;
  }
  return std::nullopt;
}

}  // namespace submeter
