// SPDX-License-Identifier: Apache-2.0
// Frames on the wire: what surrounds a PDU on a serial line (RTU) and on TCP (MBAP). Pure; no time, no descriptors.
//
//   RTU   unit (1) · PDU (1–253) · CRC-16 (2, low byte first)
//   MBAP  transaction (2) · protocol 0 (2) · length (2: unit + PDU) · unit (1) · PDU (1–253)
//
// An assembler is fed any chunking of bytes and says, at any time: need more, a frame, or why not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "modbus/pdu.h"
#include "submeter/ids.h"

namespace submeter::modbus {

struct Frame {
  std::uint16_t transaction = 0;  ///< MBAP only.
  UnitId unit;
  std::vector<std::uint8_t> pdu;
};

/// What the bytes received so far amount to.
enum class Assembly : std::uint8_t {
  kNeedMore,
  kFrame,
  kBadCrc,       ///< RTU: a whole frame by its length, damaged.
  kBadProtocol,  ///< MBAP: protocol not 0 or an impossible length; the connection cannot be trusted any more.
};

class FrameAssembler {
 public:
  virtual ~FrameAssembler() = default;
  /// Appends received bytes. Keeps at most one maximal frame more than what was taken out; the rest is dropped and
  /// counted by the next kBadCrc or kBadProtocol.
  virtual void feed(std::span<const std::uint8_t> bytes) = 0;
  /// Takes the next frame out of what was fed; call until it says kNeedMore.
  virtual Assembly next(Frame& frame) = 0;
  /// Bytes waiting that are not a frame yet.
  virtual std::size_t pending() const = 0;
  virtual void reset() = 0;
};

/// Knows the length of an answer from its function and byte count; skips bytes that cannot begin an answer of
/// `expected_unit` (set it before each request).
class RtuAssembler final : public FrameAssembler {
 public:
  void expect(UnitId unit, Function function) {
    unit_ = unit;
    function_ = function;
  }
  void feed(std::span<const std::uint8_t> bytes) override;
  Assembly next(Frame& frame) override;
  std::size_t pending() const override { return bytes_.size(); }
  void reset() override { bytes_.clear(); }

 private:
  UnitId unit_;
  Function function_ = Function::kReadInputRegisters;
  std::vector<std::uint8_t> bytes_;
};

class MbapAssembler final : public FrameAssembler {
 public:
  void feed(std::span<const std::uint8_t> bytes) override;
  Assembly next(Frame& frame) override;
  std::size_t pending() const override { return bytes_.size(); }
  void reset() override { bytes_.clear(); }

 private:
  std::vector<std::uint8_t> bytes_;
};

std::vector<std::uint8_t> encode_rtu(const ReadRequest& request);
std::vector<std::uint8_t> encode_mbap(const ReadRequest& request, std::uint16_t transaction);

/// Modbus serial line spec V1.02, 6.2.2.
std::uint16_t crc16(std::span<const std::uint8_t> bytes);

}  // namespace submeter::modbus
