// SPDX-License-Identifier: Apache-2.0
#include "submeter/check.h"
#include "submeter/options.h"

namespace submeter {

using std::chrono::nanoseconds;

nanoseconds SerialLine::character_time() const {
  SUBMETER_CHECK(baud > 0);
  return nanoseconds{std::chrono::seconds{bits_per_character()}} / baud;
}

nanoseconds SerialLine::silence() const {
  constexpr int kFixedAbove = 19'200;
  constexpr std::chrono::microseconds kFixed{1'750};
  return baud > kFixedAbove ? nanoseconds{kFixed} : character_time() * 7 / 2;
}

}  // namespace submeter
