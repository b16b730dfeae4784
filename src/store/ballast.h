// SPDX-License-Identifier: Apache-2.0
// queue.ballast: room that is set by for the day the disk is full. On a full disk SQLite cannot even delete,
// because that is written to its log first; with the ballast thrown out it can, and the oldest records make
// room for the newest again. Used by one thread at a time; calls block.
#pragma once

#include <cstdint>
#include <string>

namespace submeter::store {

class Ballast {
 public:
  static constexpr std::uint64_t kLargest = 8ULL << 20;
  /// Not taken on board unless so many times as much is free.
  static constexpr std::uint64_t kSpare = 2;

  /// Beside the queue at `queue_path`, which may grow to `max_size`.
  Ballast(const std::string& queue_path, std::uint64_t max_size);
  /// Takes it on board if it is not there and the file system has room. True: it is on board.
  bool load();
  /// False: there was none.
  bool throw_out();

 private:
  std::string path_;
  std::uint64_t size_;
};

}  // namespace submeter::store
