// SPDX-License-Identifier: Apache-2.0
#include "tls/verification_time.h"

#include <chrono>
#include <ctime>

#include "tls/server_defaults.h"

namespace submeter::tls {
namespace {

std::time_t seconds_of(UtcTime time) {
  return static_cast<std::time_t>(std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count());
}

}  // namespace

UtcTime build_time() {
  return UtcTime(std::chrono::seconds(SUBMETER_BUILD_TIME));
}

// A handshake on a thread of Paho's may read the entry meanwhile, without a lock: it copies the time, then
// the flags that say whether to use it. The entry itself stays for ever, time and flags are a machine word
// each, and this thread alone writes them, the time first. So whatever mixture is read is the system's time,
// the new one or one from before, never an invented one: an entry begins with the build time, and giving up a
// time takes only the flag. At worst a handshake is refused that the next attempt gets through.
void verify_as_of(std::optional<UtcTime> time) {
  X509_VERIFY_PARAM* const param = server_defaults();
  if (time) {
    X509_VERIFY_PARAM_set_time(param, seconds_of(*time));
  } else {
    X509_VERIFY_PARAM_clear_flags(param, X509_V_FLAG_USE_CHECK_TIME);
  }
}

}  // namespace submeter::tls
