// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "submeter/result.h"
#include "submeter/time.h"
#include "tool/daemon_client.h"

namespace submeter::tool {

/// The records that the daemon keeps of a span of time, asked for bite by bite: however many there are, few
/// are held. Blocks.
class KeptRecords {
 public:
  struct Span {
    UtcTime from{};
    UtcTime to{};
    std::vector<std::string> circuits;  ///< None: all.
  };
  /// Sequences that are gone and may have been of the span.
  struct Missing {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
  };
  struct Visitor {
    std::function<Result<void>(const std::string& record)> on_record;
    std::function<void(Missing)> on_missing;
    std::function<void(std::uint64_t seq)> on_progress;  ///< Everything up to it was looked at.
  };

  KeptRecords(std::string socket, Span span) : socket_(std::move(socket)), span_(std::move(span)) {}
  /// In order of sequence, those up to `last`.
  Result<void> visit(const Visitor& visitor, std::uint64_t last = UINT64_MAX) const;

 private:
  Json request(std::uint64_t after) const;

  std::string socket_;
  Span span_;
};

}  // namespace submeter::tool
