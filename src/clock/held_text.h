// SPDX-License-Identifier: Apache-2.0
// A reading or an event that waits for its time, as the text that the store keeps. Pure.
//
// One JSON object, because it is read again by a later version of this program, perhaps: names instead of
// numbers for everything that is an enumeration, decimals as text so that they stay exact.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "submeter/result.h"
#include "submeter/sample.h"

namespace submeter::clock {

struct Held {
  std::string boot;    ///< In which boot of the machine its instant counts; empty when that is not known.
  Duration slewed{};   ///< Clock::slewed() then.
  UtcTime floor{};     ///< The newest time that was known to be past then.
  UtcTime shown{};     ///< What the wall clock, which nobody vouched for, said then.
  std::string config;  ///< Digest of the configuration it was read under.
  std::variant<Reading, Event> what;

  MonoTime instant() const;
  bool operator==(const Held&) const = default;
};

std::string to_text(const Held& held);
/// The error says what is wrong with the text.
Result<Held> parse_held(std::string_view text);

}  // namespace submeter::clock
