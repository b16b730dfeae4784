// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "modbus/frame.h"

namespace submeter::modbus {
namespace {

constexpr std::size_t kCrcSize = 2;
constexpr std::size_t kHeaderSize = 3;      // unit, function, byte count
constexpr std::size_t kExceptionSize = 5;   // unit, function, code, CRC
constexpr std::size_t kAnswerOverhead = 5;  // unit, function, byte count, CRC
constexpr std::size_t kUnknownSize = 0;

/// What begins at one byte of the buffer.
struct Candidate {
  enum class State : std::uint8_t { kImpossible, kIncomplete, kDamaged, kWhole } state;
  std::size_t size = kUnknownSize;
};

/// The size of an answer by its first bytes; 0 if they cannot begin one. At most kMaxRtuFrame by
/// construction.
std::size_t answer_size(std::uint8_t function, std::uint8_t third) {
  const auto plain = static_cast<std::uint8_t>(function & ~kExceptionBit);
  if (plain != static_cast<std::uint8_t>(Function::kReadHoldingRegisters) &&
      plain != static_cast<std::uint8_t>(Function::kReadInputRegisters)) {
    return kUnknownSize;
  }
  if ((function & kExceptionBit) != 0) return kExceptionSize;
  if (third == 0 || third % 2 != 0 || third > 2 * kMaxRegisters) return kUnknownSize;
  return kAnswerOverhead + third;
}

bool crc_fits(std::span<const std::uint8_t> frame) {
  const std::uint16_t crc = crc16(frame.first(frame.size() - kCrcSize));
  return frame[frame.size() - 2] == low_byte(crc) && frame[frame.size() - 1] == high_byte(crc);
}

Candidate examine(std::span<const std::uint8_t> bytes) {
  using State = Candidate::State;
  constexpr std::uint8_t kAnyByteCount = 2;
  if (bytes.size() < kHeaderSize) {
    const bool possible = bytes.size() < 2 || answer_size(bytes[1], kAnyByteCount) != kUnknownSize;
    return {possible ? State::kIncomplete : State::kImpossible, kExceptionSize};
  }
  const std::size_t size = answer_size(bytes[1], bytes[2]);
  if (size == kUnknownSize) return {State::kImpossible};
  if (bytes.size() < size) return {State::kIncomplete, size};
  return {crc_fits(bytes.first(size)) ? State::kWhole : State::kDamaged, size};
}

}  // namespace

std::uint16_t crc16(std::span<const std::uint8_t> bytes) {
  constexpr std::uint16_t kPolynomial = 0xA001;
  std::uint16_t crc = 0xFFFF;
  for (const std::uint8_t byte : bytes) {
    crc = static_cast<std::uint16_t>(crc ^ byte);
    for (int bit = 0; bit < 8; ++bit) {
      const bool carry = (crc & 1) != 0;
      crc = static_cast<std::uint16_t>(crc >> 1);
      if (carry) crc = static_cast<std::uint16_t>(crc ^ kPolynomial);
    }
  }
  return crc;
}

std::vector<std::uint8_t> encode_rtu(const ReadRequest& request) {
  const auto pdu = encode_pdu(request);
  std::vector<std::uint8_t> frame{request.unit.value};
  for (const std::uint8_t byte : pdu) frame.push_back(byte);
  const std::uint16_t crc = crc16(frame);
  frame.push_back(low_byte(crc));
  frame.push_back(high_byte(crc));
  return frame;
}

void RtuAssembler::feed(std::span<const std::uint8_t> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void RtuAssembler::expect(const ReadRequest& request) {
  reset();
  unit_ = request.unit;
  echo_ = encode_rtu(request);
}

void RtuAssembler::reset() {
  bytes_.clear();
  echo_.clear();
  missing_ = 0;
  noise_ = 0;
}

bool RtuAssembler::echo_under_way() const {
  const std::size_t size = std::min(bytes_.size(), echo_.size());
  return size > 0 &&
         std::equal(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(size), echo_.begin());
}

void RtuAssembler::skip(std::size_t count) {
  noise_ += count;
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(count));
}

Assembly RtuAssembler::next(Frame& frame) {
  using State = Candidate::State;
  missing_ = 0;
  if (echo_under_way()) return take_echo();
  bool foreign_under_way = false;
  for (std::size_t start = 0; start < bytes_.size(); ++start) {
    const auto rest = std::span<const std::uint8_t>(bytes_).subspan(start);
    const bool expected = rest[0] == unit_.value;
    const Candidate candidate = examine(rest);
    if (candidate.state == State::kWhole) return take(start, candidate.size, frame);
    if (!expected) {
      foreign_under_way = foreign_under_way || candidate.state == State::kIncomplete;
    } else if (candidate.state == State::kIncomplete) {
      // What lies inside an answer under way is its data, however much it looks like a frame.
      missing_ = candidate.size - rest.size();
      break;
    } else if (candidate.state == State::kDamaged && !foreign_under_way) {
      skip(start);
      bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(candidate.size));
      return Assembly::kBadCrc;
    }
  }
  if (bytes_.size() > kMaxRtuFrame) skip(bytes_.size() - kMaxRtuFrame);
  return Assembly::kNeedMore;
}

Assembly RtuAssembler::take_echo() {
  if (bytes_.size() < echo_.size()) {
    // An answer begins like the request: by its third byte they differ.
    missing_ = (bytes_.size() < kHeaderSize ? kExceptionSize : echo_.size()) - bytes_.size();
    return Assembly::kNeedMore;
  }
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(echo_.size()));
  echo_.clear();
  return Assembly::kEcho;
}

Assembly RtuAssembler::take(std::size_t start, std::size_t size, Frame& frame) {
  skip(start);
  echo_.clear();
  const auto first = bytes_.begin();
  const auto end = first + static_cast<std::ptrdiff_t>(size);
  frame.transaction = 0;
  frame.unit = {*first};
  frame.pdu.assign(first + 1, end - static_cast<std::ptrdiff_t>(kCrcSize));
  bytes_.erase(bytes_.begin(), end);
  return Assembly::kFrame;
}

}  // namespace submeter::modbus
