// SPDX-License-Identifier: Apache-2.0
#include "publish/live_plane.h"

#include "publish/delivery_ids.h"

namespace submeter::publish {

void LivePlane::close() {
  open_ = false;
  pending_ = 0;
}

void LivePlane::on_commit(std::span<const Record> records) {
  if (!open_) return;
  for (const Record& record : records) {
    if (record.kind == RecordKind::kSample) send(record);
  }
}

void LivePlane::on_delivered() {
  if (pending_ > 0) --pending_;
}

void LivePlane::send(const Record& sample) {
  if (pending_ >= kMaxPending || !client_.publish(kFirstLiveDelivery + sent_, topics_.last(sample.circuit),
                                                  sample.json, QoS::kAtMostOnce, Retain::kYes)) {
    ++skipped_;
    return;
  }
  ++sent_;
  ++pending_;
}

}  // namespace submeter::publish
