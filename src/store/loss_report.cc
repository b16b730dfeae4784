// SPDX-License-Identifier: Apache-2.0
#include "store/loss_report.h"

#include <utility>

namespace submeter::store {

LossReport::LossReport(Loop& loop, std::function<void(SequenceRange)> tell)
    : tell_(std::move(tell)), timer_(loop, [this] { flush(); }) {}

void LossReport::add(SequenceRange lost) {
  untold_ = SequenceRange{untold_ ? untold_->first : lost.first, lost.last};
  if (!timer_.armed()) flush();
}

void LossReport::flush() {
  if (!untold_) return;
  timer_.start_after(kInterval);
  tell_(*std::exchange(untold_, std::nullopt));
}

}  // namespace submeter::store
