// SPDX-License-Identifier: Apache-2.0
// Frames on the wire: what surrounds a PDU on a serial line (RTU) and on TCP (MBAP). Pure; no time, no
// descriptors.
//
//   RTU   unit (1) · PDU (2–253) · CRC-16 (2, low byte first)
//   MBAP  transaction (2) · protocol 0 (2) · length (2: unit + PDU) · unit (1) · PDU (1–253)
//
// An assembler is fed any chunking of bytes and says, at any time: need more, a frame, or why not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "modbus/pdu.h"
#include "submeter/ids.h"

namespace submeter::modbus {

inline constexpr std::size_t kMaxPdu = 253;
/// Modbus serial line spec V1.02, 2.3; Modbus messaging on TCP/IP V1.0b, 4.1.
inline constexpr std::size_t kMaxRtuFrame = 256;
inline constexpr std::size_t kMaxMbapFrame = 260;

struct Frame {
  std::uint16_t transaction = 0;  ///< MBAP only.
  UnitId unit;
  std::vector<std::uint8_t> pdu;
};

/// What the bytes received so far amount to.
enum class Assembly : std::uint8_t {
  kNeedMore,
  kFrame,
  kBadCrc,       ///< RTU: a whole answer of the expected unit by its length, damaged. It was taken out.
  kEcho,         ///< RTU: our own request came back. It was taken out.
  kBadProtocol,  ///< MBAP: protocol not 0 or an impossible length; the connection cannot be trusted any more.
};

/// Finds answers to read requests in the bytes of a serial line. Their length stands in them (function and
/// byte count), so no pause needs to be measured. An answer of the expected unit is waited for to its end;
/// whole answers of other units are handed out too, so that they can be counted; our own request, which a
/// two-wire adapter may hand back before the answer, is told apart; everything else is noise and skipped.
class RtuAssembler {
 public:
  /// What was asked: forgets what came before, and awaits the answer, perhaps after an echo.
  void expect(const ReadRequest& request);
  void feed(std::span<const std::uint8_t> bytes);
  /// Takes the next frame out of what was fed; call until it says kNeedMore. Keeps at most kMaxRtuFrame bytes
  /// then.
  Assembly next(Frame& frame);
  /// Bytes that the answer under way still lacks; 0 when none has begun. Meant to be asked after kNeedMore.
  std::size_t missing() const { return missing_; }
  /// Bytes waiting that are not a frame yet.
  std::size_t pending() const { return bytes_.size(); }
  /// Bytes skipped since the last call: no part of any answer.
  std::size_t take_noise() { return std::exchange(noise_, 0); }
  void reset();

 private:
  Assembly take(std::size_t start, std::size_t size, Frame& frame);
  bool echo_under_way() const;
  Assembly take_echo();
  void skip(std::size_t count);

  UnitId unit_;
  std::vector<std::uint8_t> echo_;  // of the request; empty once it came
  std::vector<std::uint8_t> bytes_;
  std::size_t missing_ = 0;
  std::size_t noise_ = 0;
};

/// Cuts a TCP stream at its length fields.
class MbapAssembler {
 public:
  void feed(std::span<const std::uint8_t> bytes);
  /// Takes the next frame out of what was fed; call until it says kNeedMore: less than one frame is kept
  /// then. After kBadProtocol only reset() helps.
  Assembly next(Frame& frame);
  std::size_t pending() const { return bytes_.size(); }
  void reset() { bytes_.clear(); }

 private:
  std::vector<std::uint8_t> bytes_;
};

std::vector<std::uint8_t> encode_rtu(const ReadRequest& request);
std::vector<std::uint8_t> encode_mbap(const ReadRequest& request, std::uint16_t transaction);

/// How long a whole answer with the registers asked for is on a serial line, in bytes.
constexpr std::size_t rtu_answer_size(const ReadRequest& request) {
  return 5 + std::size_t{2} * request.count;
}

/// Modbus serial line spec V1.02, 6.2.2.
std::uint16_t crc16(std::span<const std::uint8_t> bytes);

}  // namespace submeter::modbus
