// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <utility>

#include "submeter/time.h"
#include "tls/expiry.h"

namespace submeter::publish {

/// When to warn that a certificate ends: once from `early` ahead, and from `urgent` ahead once a day, past
/// its end too. Another certificate is warned about anew. Pure.
class ExpiryWarning {
 public:
  static constexpr std::chrono::days kEarly{30};
  static constexpr std::chrono::days kUrgent{7};
  static constexpr std::chrono::days kRepeat{1};

  explicit ExpiryWarning(std::chrono::days early = kEarly, std::chrono::days urgent = kUrgent)
      : early_(early), urgent_(urgent) {}

  void watch(std::optional<tls::Expiry> expiry) {
    if (expiry == expiry_) return;
    expiry_ = std::move(expiry);
    warned_.reset();
  }
  const std::optional<tls::Expiry>& expiry() const { return expiry_; }

  /// True: warn now, and it is taken as done. `time` is the wall time of `now`.
  bool due(UtcTime time, MonoTime now) {
    if (!expiry_ || expiry_->at - time >= early_) return false;
    const bool urgent = expiry_->at - time < urgent_;
    const bool again = warned_ && urgent && (!was_urgent_ || now - *warned_ >= kRepeat);
    if (warned_ && !again) return false;
    warned_ = now;
    was_urgent_ = urgent;
    return true;
  }

 private:
  std::chrono::days early_;
  std::chrono::days urgent_;
  std::optional<tls::Expiry> expiry_;
  std::optional<MonoTime> warned_;
  bool was_urgent_ = false;
};

}  // namespace submeter::publish
