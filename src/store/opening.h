// SPDX-License-Identifier: Apache-2.0
// Opening queue.db at start: alone, with a file that is whole and ours, or with a new one and a new stream.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/unique_fd.h"
#include "store/queue_file.h"
#include "store/store_event.h"
#include "submeter/options.h"
#include "submeter/random.h"
#include "submeter/result.h"

namespace submeter::store {

struct OpenedQueue {
  std::unique_ptr<QueueFile> file;
  core::UniqueFd lock;  ///< Keeps other processes out of the store as long as it is open.
  std::vector<StoreEvent> events;
};

/// The error is for a person: what no start can work with.
Result<OpenedQueue> open_queue(const StoreOptions& options, Random& random);

}  // namespace submeter::store
