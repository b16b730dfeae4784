// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace submeter::io {

/// "mbpoll (pid 123)"; "pid 123" when its name is hidden.
std::string describe_process(pid_t pid);

/// Another process that has the file at `canonical_path` open, as far as /proc may be seen: a service without
/// privileges sees its own user's processes only.
std::optional<pid_t> find_holder(const std::string& canonical_path);

}  // namespace submeter::io
