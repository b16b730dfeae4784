// SPDX-License-Identifier: Apache-2.0
// `export` on the status socket, as text (daemon/control_socket.h has the rest of the language). Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "store/range_read.h"
#include "submeter/result.h"

namespace submeter::daemon {

/// The error is for who asked.
Result<store::RangeQuery> parse_export(const nlohmann::json& request);

/// A head, {"records": how many follow, "next": 4711, "done": true, "missing": [[1, 99]]}, and the records'
/// own bytes, one a line; without the last line's end.
std::string export_answer(const store::RangeBite& bite);

}  // namespace submeter::daemon
