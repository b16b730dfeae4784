// SPDX-License-Identifier: Apache-2.0
#include "submeter/check.h"

#include <cstdio>
#include <cstdlib>

namespace submeter {

void check_failed(const char* expression, const char* file, int line) noexcept {
  std::fprintf(
      stderr, "<2>%s:%d: broken invariant: %s; stopping, what was committed is recovered at the next start\n",
      file, line, expression);
  std::abort();
}

}  // namespace submeter
