// SPDX-License-Identifier: Apache-2.0
#include "modbus/frame.h"

namespace submeter::modbus {
namespace {

constexpr std::size_t kHeaderSize = 7;  // up to and including the unit
constexpr std::size_t kBeforeUnit = 6;  // the length field counts from the unit on
constexpr std::size_t kMinLength = 2;   // unit and function

std::uint16_t word_at(const std::vector<std::uint8_t>& bytes, std::size_t index) {
  return static_cast<std::uint16_t>(bytes[index] << 8 | bytes[index + 1]);
}

}  // namespace

std::vector<std::uint8_t> encode_mbap(const ReadRequest& request, std::uint16_t transaction) {
  const auto pdu = encode_pdu(request);
  std::vector<std::uint8_t> frame;
  frame.reserve(kHeaderSize + pdu.size());
  for (const std::size_t word : {std::size_t{transaction}, std::size_t{0}, pdu.size() + 1}) {
    frame.push_back(high_byte(static_cast<std::uint16_t>(word)));
    frame.push_back(low_byte(static_cast<std::uint16_t>(word)));
  }
  frame.push_back(request.unit.value);
  for (const std::uint8_t byte : pdu) frame.push_back(byte);
  return frame;
}

void MbapAssembler::feed(std::span<const std::uint8_t> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

Assembly MbapAssembler::next(Frame& frame) {
  if (bytes_.size() < kHeaderSize) return Assembly::kNeedMore;
  const std::uint16_t protocol = word_at(bytes_, 2);
  const std::size_t length = word_at(bytes_, 4);
  if (protocol != 0 || length < kMinLength || length > 1 + kMaxPdu) return Assembly::kBadProtocol;
  if (bytes_.size() < kBeforeUnit + length) return Assembly::kNeedMore;
  const auto end = bytes_.begin() + static_cast<std::ptrdiff_t>(kBeforeUnit + length);
  frame.transaction = word_at(bytes_, 0);
  frame.unit = {bytes_[6]};
  frame.pdu.assign(bytes_.begin() + static_cast<std::ptrdiff_t>(kHeaderSize), end);
  bytes_.erase(bytes_.begin(), end);
  return Assembly::kFrame;
}

}  // namespace submeter::modbus
