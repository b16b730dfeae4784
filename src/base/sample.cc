// SPDX-License-Identifier: Apache-2.0
#include "submeter/sample.h"

#include <array>
#include <utility>

#include "submeter/check.h"

namespace submeter {
namespace {

constexpr std::array<std::pair<QualityFlag, const char*>, 10> kFlagNames{{
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

}  // namespace submeter
