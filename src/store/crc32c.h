// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace submeter::store {

/// CRC-32C (Castagnoli) as in RFC 3720, appendix B.4.
std::uint32_t crc32c(std::span<const std::uint8_t> bytes);

}  // namespace submeter::store
