// SPDX-License-Identifier: Apache-2.0
// libmodbus' server side as a function from request to answer. It speaks to one end of a socket pair and
// never waits: what it reads has been put there before, what it writes is taken out at once.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/unique_fd.h"
#include "simulate/register_image.h"

struct _modbus;  // NOLINT(bugprone-reserved-identifier): libmodbus' own name of modbus_t

namespace submeter::simulate {

enum class Framing : std::uint8_t { kRtu, kTcp };

/// What a frame says, without what its framing adds.
struct Body {
  std::uint16_t transaction = 0;    ///< TCP only.
  std::vector<std::uint8_t> bytes;  ///< Unit, function and what follows it.
};

class ModbusServer {
 public:
  /// Throws std::system_error when the system has no descriptors left.
  explicit ModbusServer(Framing framing);

  Framing framing() const { return framing_; }
  /// The shortest frame that has a unit and a function.
  std::size_t shortest_request() const { return framing_ == Framing::kRtu ? 4 : 8; }
  /// Where the unit stands; the function follows it.
  std::size_t unit_offset() const { return framing_ == Framing::kRtu ? 0 : 6; }
  /// An RTU frame's length and CRC are right for its function. True of any frame on TCP.
  bool intact(std::span<const std::uint8_t> request);
  /// The answer with registers of `block`, or the exception that libmodbus finds fitting; a null block has
  /// none.
  std::vector<std::uint8_t> reply(std::span<const std::uint8_t> request, const RegisterBlock* block);
  std::vector<std::uint8_t> reply_exception(std::span<const std::uint8_t> request, unsigned code);
  /// `adu` is one that reply() gave.
  Body open(std::span<const std::uint8_t> adu) const;
  /// A sound frame that says anything.
  std::vector<std::uint8_t> seal(const Body& body);

 private:
  struct Free {
    void operator()(_modbus* context) const;
  };

  std::vector<std::uint8_t> take();

  Framing framing_;
  std::unique_ptr<_modbus, Free> context_;
  core::UniqueFd ours_;
  core::UniqueFd theirs_;
};

}  // namespace submeter::simulate
