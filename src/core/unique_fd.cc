// SPDX-License-Identifier: Apache-2.0
#include "core/unique_fd.h"

#include <unistd.h>

namespace submeter::core {

void UniqueFd::reset(int fd) {
  const int old = std::exchange(fd_, fd);
  if (old >= 0 && old != fd) ::close(old);
}

}  // namespace submeter::core
