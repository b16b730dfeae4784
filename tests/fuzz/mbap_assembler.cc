// SPDX-License-Identifier: Apache-2.0
// Input: chunking (1) · the bytes of a TCP stream.
#include <vector>

#include "modbus/frame.h"
#include "tests/fuzz/target.h"

namespace submeter::fuzz {
namespace {

using modbus::Assembly;

/// The bytes a frame was made from.
std::vector<std::uint8_t> bytes_of(const modbus::Frame& frame) {
  const std::size_t length = frame.pdu.size() + 1;
  std::vector<std::uint8_t> bytes{modbus::high_byte(frame.transaction),
                                  modbus::low_byte(frame.transaction),
                                  0,
                                  0,
                                  static_cast<std::uint8_t>(length >> 8),
                                  static_cast<std::uint8_t>(length & 0xFF),
                                  frame.unit.value};
  bytes.insert(bytes.end(), frame.pdu.begin(), frame.pdu.end());
  return bytes;
}

/// What came out: the frames' bytes one after the other, whatever cut them.
struct Outcome {
  std::vector<std::uint8_t> frames;
  bool trusted = true;
  std::size_t pending = 0;
  bool operator==(const Outcome&) const = default;
};

void drain(modbus::MbapAssembler& assembler, Outcome& outcome) {
  modbus::Frame frame;
  Assembly assembly = assembler.next(frame);
  for (; assembly == Assembly::kFrame; assembly = assembler.next(frame)) {
    SUBMETER_CHECK(!frame.pdu.empty() && frame.pdu.size() <= modbus::kMaxPdu);
    const auto bytes = bytes_of(frame);
    outcome.frames.insert(outcome.frames.end(), bytes.begin(), bytes.end());
  }
  SUBMETER_CHECK(assembly == Assembly::kNeedMore || assembly == Assembly::kBadProtocol);
  outcome.trusted = assembly == Assembly::kNeedMore;
  outcome.pending = assembler.pending();
  SUBMETER_CHECK(!outcome.trusted || outcome.pending < modbus::kMaxMbapFrame);
}

Outcome fed_in(Chunks chunks) {
  modbus::MbapAssembler assembler;
  Outcome outcome;
  while (outcome.trusted && !chunks.done()) {
    assembler.feed(chunks.next());
    drain(assembler, outcome);
  }
  while (!chunks.done()) outcome.pending += chunks.next().size();
  assembler.reset();
  SUBMETER_CHECK(assembler.pending() == 0);
  return outcome;
}

void check(std::uint8_t chunking, std::span<const std::uint8_t> stream) {
  modbus::MbapAssembler assembler;
  Outcome whole;
  assembler.feed(stream);
  drain(assembler, whole);
  // Nothing is invented, left out or put into another order.
  SUBMETER_CHECK(whole.frames.size() + whole.pending == stream.size());
  SUBMETER_CHECK(std::ranges::equal(whole.frames, stream.first(whole.frames.size())));
  SUBMETER_CHECK(fed_in(Chunks(stream, chunking)) == whole);
}

}  // namespace
}  // namespace submeter::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  submeter::fuzz::Input input(data, size);
  const std::uint8_t chunking = input.byte();
  submeter::fuzz::check(chunking, input.rest());
  return 0;
}
