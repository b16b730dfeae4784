// SPDX-License-Identifier: Apache-2.0
// `submeter export --from T`: what the daemon keeps of a span of time, as JSON lines or CSV.
#pragma once

#include <memory>

#include "tool/command.h"

namespace submeter::tool {

std::unique_ptr<Command> make_export_command();

}  // namespace submeter::tool
