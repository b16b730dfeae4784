// SPDX-License-Identifier: Apache-2.0
// `submeter simulate`: the meters of a configuration, on this machine.
#pragma once

#include <memory>

#include "tool/command.h"

namespace submeter::tool {

std::unique_ptr<Command> make_simulate_command();

}  // namespace submeter::tool
