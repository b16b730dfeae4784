// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace submeter {

/// Reports a programming error on standard error and aborts. Never reached by anything that comes from
/// outside.
[[noreturn]] void check_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace submeter

/// Always on: a broken invariant stops the process, the store recovers what was committed.
#define SUBMETER_CHECK(expression) \
  ((expression) ? static_cast<void>(0) : ::submeter::check_failed(#expression, __FILE__, __LINE__))
