// SPDX-License-Identifier: Apache-2.0
// `submeter status`: how the running daemon is doing, bus by bus and meter by meter.
#pragma once

#include <memory>

#include "tool/command.h"

namespace submeter::tool {

std::unique_ptr<Command> make_status_command();

}  // namespace submeter::tool
