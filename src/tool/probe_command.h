// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "tool/command.h"

namespace submeter::tool {

std::unique_ptr<Command> make_probe_command();

}  // namespace submeter::tool
