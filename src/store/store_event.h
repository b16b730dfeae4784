// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "submeter/ids.h"

namespace submeter::store {

/// Something about the store that a person and the record stream should know.
struct StoreEvent {
  /// stream_started, store_set_aside, store_dropped (evicted), store_damaged (a block is unreadable),
  /// store_full, store_resumed
  std::string name;
  std::string text;
  Sequence first;  ///< Range of lost records, where there is one.
  Sequence last;
};

}  // namespace submeter::store
