// SPDX-License-Identifier: Apache-2.0
#include "poll/refusals.h"

#include <utility>

#include "core/log.h"
#include "meters/register_text.h"

namespace submeter::poll {

void Refusals::refuse(const meters::RegisterRange& range, std::string_view point, std::string reason,
                      Duration how_long, MonoTime now) {
  auto& refusal = refused_[range];
  const bool told = !refusal.reason.empty();
  refusal = {std::move(reason), now + how_long};
  if (told) return;
  core::log_warning("{} refuses {} at {}: {}; left out, asked again now and then, check the map  {}",
                    name_.text, point, meters::register_text(range.table, range.address), refusal.reason,
                    name_.fields);
}

const std::string* Refusals::reason(const meters::RegisterRange& range, MonoTime now) const {
  const auto found = refused_.find(range);
  if (found == refused_.end() || found->second.until <= now) return nullptr;
  return &found->second.reason;
}

void Refusals::avoid_holes() {
  if (!holes_allowed_) return;
  holes_allowed_ = false;
  core::log_info("{} does not let unused registers be read along; reading around them from now on  {}",
                 name_.text, name_.fields);
}

void Refusals::forget() {
  holes_allowed_ = true;
  refused_.clear();
}

}  // namespace submeter::poll
