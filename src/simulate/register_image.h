// SPDX-License-Identifier: Apache-2.0
// The registers of a simulated meter, as blocks of consecutive addresses. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "meters/read_plan.h"
#include "meters/register_map.h"

namespace submeter::simulate {

struct RegisterBlock {
  meters::Table table = meters::Table::kInput;
  std::uint16_t start = 0;
  std::vector<std::uint16_t> words;
};

class RegisterImage {
 public:
  /// Exactly the registers of `used` exist, and besides them, reading as zero, the holes of at most
  /// `filled_hole` registers between them.
  RegisterImage(std::span<const meters::RegisterRange> used, std::uint16_t filled_hole);

  /// Registers that do not exist are left alone.
  void store(meters::Table table, RegisterAddress address, std::span<const std::uint16_t> words);
  /// The block that a register is in; null where there is none: reading it is an illegal data address.
  const RegisterBlock* find(meters::Table table, std::uint16_t address) const;

 private:
  std::vector<RegisterBlock> blocks_;
};

}  // namespace submeter::simulate
