// SPDX-License-Identifier: Apache-2.0
#include "publish/loss_suspect.h"

#include <fmt/format.h>

namespace submeter::publish {

Error LossSuspect::lost(const Message& message, Packing& packing, const Error& reason) {
  if (losses_ == 0 || first_ != message.first) losses_ = 0;
  first_ = message.first;
  ++losses_;
  if (message.records > 1) {
    if (losses_ < kHalve || !packing.halve()) return reason;
    return {fmt::format("{} when {} was sent; from now on at most {} records in a batch", reason.message,
                        message.describe(), packing.most_records())};
  }
  if (losses_ < kSure) return reason;
  return {fmt::format(
      "the broker closes the connection whenever {} is sent; it is kept and tried again; look at the "
      "broker's log, ACL and message size limit",
      message.describe())};
}

}  // namespace submeter::publish
