// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "submeter/options.h"
#include "submeter/result.h"

namespace submeter::core {

/// The file of records for people: one line each, rotated at a size. Written by spdlog's thread behind a
/// bounded queue that drops the oldest line when the disk stalls: the store is the record, this is a window
/// on it.
class DataLog {
 public:
  /// After start_log(). Creates the directory if its parent allows; fails when the file cannot be written.
  static Result<std::unique_ptr<DataLog>> open(const DataLogOptions& options);
  ~DataLog();
  void write(std::string_view line);

 private:
  class Body;
  explicit DataLog(std::unique_ptr<Body> body);
  std::unique_ptr<Body> body_;
};

}  // namespace submeter::core
