// SPDX-License-Identifier: Apache-2.0
// An expected failure is a value: `Result<T>` holds either what was asked for or an Error that a person can
// read.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "submeter/check.h"

namespace submeter {

/// What went wrong, where, and what to look at, as one sentence without a full stop.
struct Error {
  std::string message;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  /// The value; calling it on a failure is a programming error.
  T& value() {
    SUBMETER_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const {
    SUBMETER_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  /// The failure; calling it on a success is a programming error.
  const Error& error() const {
    SUBMETER_CHECK(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

/// The result of something that only succeeds or fails.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    SUBMETER_CHECK(error_.has_value());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace submeter
