// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace submeter::daemon {

inline constexpr const char* kVersion = SUBMETER_VERSION;

}  // namespace submeter::daemon
