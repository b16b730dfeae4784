// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

namespace submeter::core {

/// Cuts off callbacks that were given away and cannot be taken back: a task posted by Paho's threads, an
/// answer owed by the store's. A guarded callback does nothing once its owner is gone. Guard, run and destroy
/// on the loop thread, or guard on another thread that the owner's destructor waits for.
///
/// The only shared ownership in the house: the flag must outlive the owner in tasks that nobody can withdraw.
class Lifeline {
 public:
  Lifeline() = default;
  Lifeline(const Lifeline&) = delete;
  Lifeline& operator=(const Lifeline&) = delete;

  template <class Function>
  auto guard(Function function) const {
    return [alive = std::weak_ptr<const bool>(alive_), guarded = std::move(function)](auto&&... arguments) {
      if (!alive.expired()) guarded(std::forward<decltype(arguments)>(arguments)...);
    };
  }

 private:
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace submeter::core
