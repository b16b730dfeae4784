// SPDX-License-Identifier: Apache-2.0
// `submeter check`: every problem of the configuration, and what it will ask of each bus.
#pragma once

#include <memory>

#include "tool/command.h"

namespace submeter::tool {

std::unique_ptr<Command> make_check_command();

}  // namespace submeter::tool
