// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "submeter/ids.h"

namespace submeter::store {

/// Something about the store that a person and the record stream should know.
struct StoreEvent {
  /// stream_started, store_set_aside, store_dropped (evicted), store_damaged (a block is unreadable),
  /// store_full, store_resumed, held_dropped (too many wait for a trusted clock)
  std::string name;
  std::string text;
  Sequence
      first;  ///< Range of lost records, where there is one; held entries have none. Of a stream its first.
  Sequence last;
};

}  // namespace submeter::store
