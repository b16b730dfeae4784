// SPDX-License-Identifier: Apache-2.0
// Input: what the expected sequence differs by from the one in the datagram (1) · a datagram.
#include <chrono>

#include "clock/tracking.h"
#include "tests/fuzz/target.h"

namespace submeter::fuzz {
namespace {

using clock::Tracking;

std::uint32_t sequence_in(std::span<const std::uint8_t> datagram) {
  std::uint32_t sequence = 0;
  for (std::size_t i = 16; i < 20 && i < datagram.size(); ++i) sequence = sequence << 8 | datagram[i];
  return sequence;
}

void check(const Tracking& tracking) {
  SUBMETER_CHECK(tracking.stratum <= 16);
  SUBMETER_CHECK(tracking.leap <= clock::Leap::kUnsynchronised);
  SUBMETER_CHECK(std::chrono::abs(tracking.offset) <= clock::kLongestTime);
  SUBMETER_CHECK(tracking.root_delay >= Duration::zero() && tracking.root_delay <= clock::kLongestTime);
  SUBMETER_CHECK(tracking.root_dispersion >= Duration::zero() &&
                 tracking.root_dispersion <= clock::kLongestTime);
  // What the clock makes of them: neither may overflow.
  const Duration bound = std::chrono::abs(tracking.offset) + tracking.root_dispersion + tracking.root_delay;
  SUBMETER_CHECK(bound >= Duration::zero());
  SUBMETER_CHECK(std::chrono::nanoseconds{tracking.reference_time.time_since_epoch()} >= Duration::zero());
}

}  // namespace
}  // namespace submeter::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace submeter;
  fuzz::Input input(data, size);
  const std::uint8_t difference = input.byte();
  const auto datagram = input.rest();
  const auto parsed = clock::parse_tracking(datagram, fuzz::sequence_in(datagram) + difference);
  if (const auto* reason = std::get_if<clock::NotTracking>(&parsed)) {
    SUBMETER_CHECK(clock::to_string(*reason)[0] != '\0');
  } else {
    SUBMETER_CHECK(datagram.size() == clock::kTrackingLength && difference == 0);
    fuzz::check(std::get<clock::Tracking>(parsed));
  }
  return 0;
}
