// SPDX-License-Identifier: Apache-2.0
// `submeter queue`: what waits for the broker, since when, and how fast it goes.
#pragma once

#include <memory>

#include "tool/command.h"

namespace submeter::tool {

std::unique_ptr<Command> make_queue_command();

}  // namespace submeter::tool
