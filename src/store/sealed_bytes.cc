// SPDX-License-Identifier: Apache-2.0
#include "store/sealed_bytes.h"

#include "store/crc32c.h"
#include "submeter/check.h"

namespace submeter::store {
namespace {

constexpr std::size_t kNameSize = 4;
constexpr std::size_t kSummedFrom = 8;

}  // namespace

SealedWriter::SealedWriter(std::string_view name) : bytes_(name.begin(), name.end()) {
  SUBMETER_CHECK(name.size() == kNameSize);
  put(std::uint32_t{0});
}

std::vector<std::uint8_t> SealedWriter::seal() {
  const std::uint32_t crc = crc32c(std::span(bytes_).subspan(kSummedFrom));
  for (std::size_t i = 0; i < sizeof crc; ++i)
    bytes_[kNameSize + i] = static_cast<std::uint8_t>(crc >> (8 * i));
  return std::move(bytes_);
}

Result<Taker> open_sealed(std::span<const std::uint8_t> bytes, std::string_view name) {
  if (bytes.size() < kSummedFrom) return Error{"the block is cut off"};
  Taker taker(bytes);
  if (taker.text(kNameSize) != name) return Error{"the block does not begin as one"};
  if (taker.number<std::uint32_t>() != crc32c(bytes.subspan(kSummedFrom))) {
    return Error{"the block does not match its checksum"};
  }
  return taker;
}

}  // namespace submeter::store
