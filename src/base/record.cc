// SPDX-License-Identifier: Apache-2.0
#include "submeter/check.h"
#include "submeter/record_queue.h"

namespace submeter {

const char* to_string(RecordKind kind) {
  switch (kind) {
    case RecordKind::kSample:
      return "sample";
    case RecordKind::kInterval:
      return "interval";
    case RecordKind::kEvent:
      return "event";
  }
  SUBMETER_CHECK(!"a record kind");
}

}  // namespace submeter
