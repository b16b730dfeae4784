// SPDX-License-Identifier: Apache-2.0
// Opening queue.db at start: alone, with a file that is whole and ours, or with a new one.
//
//   queue.db        is sound, and queue.mark knows no more than it  →  its stream goes on
//                   is sound, but nothing proves that its sequence can go on  →  a new stream in it
//                   is damaged  →  what can be read goes to a new file, the old one is set aside
//                   is of somebody else, or of a newer program  →  set aside
//                   is not there  →  a new one
//
// A new stream begins behind every sequence number that is known of. A new file is built as queue.new and has
// a name for its stream only when it is whole, so that the next start knows what a cut-off one left.
#pragma once

#include <memory>
#include <optional>
#include <string>
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

/// `owner`: whose records it will hold; empty: nobody asks. The error is for a person: what no start can work
/// with.
Result<OpenedQueue> open_queue(const StoreOptions& options, Random& random, const std::string& owner);

}  // namespace submeter::store
