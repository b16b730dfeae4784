// SPDX-License-Identifier: Apache-2.0
// `submeter read`: one look at a meter, by the circuit's name or by hand with mbpoll's letters.
#pragma once

#include <memory>

#include "tool/command.h"

namespace submeter::tool {

std::unique_ptr<Command> make_read_command();

}  // namespace submeter::tool
