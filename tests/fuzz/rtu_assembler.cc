// SPDX-License-Identifier: Apache-2.0
// Input: unit, function and register count, address of a request (1, 1, 2) · chunking (1) · what is on the
// line, piece by piece: kind (1) · size (1) · content. Checksums are made here, because no fuzzer guesses
// them.
#include <vector>

#include "modbus/frame.h"
#include "tests/fuzz/target.h"

namespace submeter::fuzz {
namespace {

using modbus::Assembly;
using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kMostBytes = 768;

/// A line's bytes, and what an assembler must find in them.
struct Line {
  Bytes bytes;
  std::vector<Bytes> frames;
  bool echo = false;      ///< It begins with that of the request.
  bool clean = true;      ///< There is nothing else, and no frame looks like a part of another.
  std::size_t noise = 0;  ///< Before all that: bytes that cannot begin a frame.
};

void append(Bytes& bytes, const Bytes& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

Bytes sealed(Bytes frame) {
  const std::uint16_t crc = modbus::crc16(frame);
  frame.push_back(modbus::low_byte(crc));
  frame.push_back(modbus::high_byte(crc));
  return frame;
}

bool may_begin_a_frame(std::uint8_t byte, const modbus::ReadRequest& request) {
  const unsigned function = byte & 0x7FU;
  return byte == request.unit.value || function == 3 || function == 4;
}

class Script {
 public:
  Script(const modbus::ReadRequest& request, Input input) : request_(request), input_(input) {
    // A unit that is a function code makes frames of what lies between frames.
    line_.clean = (request.unit.value & 0x7F) != 3 && (request.unit.value & 0x7F) != 4;
  }

  Line play() {
    while (!input_.empty() && line_.bytes.size() < kMostBytes) add_piece();
    return line_;
  }

 private:
  void add_piece() {
    switch (input_.byte() % 7) {
      case 0:
        return add_noise();
      case 1:
        return add_echo();
      case 2:
        return add_frame(answer(request_.unit.value));
      case 3:
        return add_foreign();
      case 4:
        return add_frame(exception());
      case 5:
        return add_damaged();
      default:
        return add_quiet_noise();
    }
  }

  Bytes answer(std::uint8_t unit) {
    const auto registers = static_cast<std::uint8_t>(1 + input_.byte() % modbus::kMaxRegisters);
    Bytes frame{unit, static_cast<std::uint8_t>(request_.function), static_cast<std::uint8_t>(2 * registers)};
    for (int i = 0; i < 2 * registers; ++i) frame.push_back(input_.byte());
    return sealed(std::move(frame));
  }

  Bytes exception() {
    const auto function = static_cast<std::uint8_t>(request_.function);
    return sealed(
        {request_.unit.value, static_cast<std::uint8_t>(function | modbus::kExceptionBit), input_.byte()});
  }

  void add_frame(const Bytes& frame) {
    const Bytes echo = modbus::encode_rtu(request_);
    // The first answer may look like the echo for a while, with the right registers for ever.
    const auto looked_at = static_cast<std::ptrdiff_t>(std::min(frame.size(), echo.size()));
    if (std::equal(frame.begin(), frame.begin() + looked_at, echo.begin())) line_.clean = false;
    line_.frames.push_back(frame);
    append(line_.bytes, frame);
  }

  void add_foreign() {
    const Bytes frame = answer(static_cast<std::uint8_t>(request_.unit.value + 1));
    // While it comes in, it is not waited for: a whole frame in it would be found first.
    const auto content = std::span(frame).subspan(2);
    if (std::ranges::any_of(content, [&](auto byte) { return may_begin_a_frame(byte, request_); })) {
      line_.clean = false;
    }
    add_frame(frame);
  }

  void add_echo() {
    if (line_.bytes.empty()) {
      line_.echo = true;
    } else {
      line_.clean = false;
    }
    append(line_.bytes, modbus::encode_rtu(request_));
  }

  void add_damaged() {
    Bytes frame = answer(request_.unit.value);
    const std::size_t at = input_.byte() % frame.size();
    if (input_.byte() % 2 == 0) {
      frame.resize(at);
    } else {
      frame[at] ^= 0x10U;
    }
    line_.clean = false;
    append(line_.bytes, frame);
  }

  void add_noise() {
    line_.clean = false;
    for (int i = input_.byte() % 32; i > 0; --i) line_.bytes.push_back(input_.byte());
  }

  void add_quiet_noise() {
    if (line_.noise != line_.bytes.size()) line_.clean = false;
    for (int i = input_.byte(); i > 0; --i) {
      const std::uint8_t byte = input_.byte();
      line_.bytes.push_back(may_begin_a_frame(byte, request_) ? std::uint8_t{0} : byte);
    }
    if (request_.unit.value == 0) line_.clean = false;
    if (line_.clean) line_.noise = line_.bytes.size();
  }

  const modbus::ReadRequest& request_;
  Input input_;
  Line line_;
};

/// What an assembler made of a line.
class Run {
 public:
  Run(const modbus::ReadRequest& request, const Line& line) : line_(line) { assembler_.expect(request); }

  void feed(std::span<const std::uint8_t> bytes) {
    assembler_.feed(bytes);
    fed_ += bytes.size();
    modbus::Frame frame;
    for (auto assembly = assembler_.next(frame); assembly != Assembly::kNeedMore;
         assembly = assembler_.next(frame)) {
      take(assembly, frame);
    }
    noise_ += assembler_.take_noise();
    SUBMETER_CHECK(assembler_.pending() <= modbus::kMaxRtuFrame);
    SUBMETER_CHECK(assembler_.missing() < modbus::kMaxRtuFrame);
    const std::size_t known = framed_ + noise_ + assembler_.pending();
    SUBMETER_CHECK(damaged_ == 0 ? known == fed_ : known < fed_);
  }

  void finish() {
    SUBMETER_CHECK(fed_ == line_.bytes.size());
    if (line_.clean) {
      SUBMETER_CHECK(frames_ == line_.frames);
      SUBMETER_CHECK(damaged_ == 0 && echoes_ == (line_.echo ? 1U : 0U));
      SUBMETER_CHECK(noise_ + assembler_.pending() == line_.noise);
    }
    assembler_.reset();
    SUBMETER_CHECK(assembler_.pending() == 0 && assembler_.missing() == 0);
  }

 private:
  void take(Assembly assembly, const modbus::Frame& frame) {
    if (assembly == Assembly::kFrame) return take_frame(frame);
    if (assembly == Assembly::kEcho) {
      ++echoes_;
      framed_ += 8;
    } else {
      SUBMETER_CHECK(assembly == Assembly::kBadCrc);
      ++damaged_;
    }
  }

  /// A frame was on the line as it is handed out, checksum included, behind the one before.
  void take_frame(const modbus::Frame& frame) {
    SUBMETER_CHECK(frame.pdu.size() >= 2 && frame.pdu.size() <= modbus::kMaxPdu);
    Bytes bytes{frame.unit.value};
    append(bytes, frame.pdu);
    bytes = sealed(std::move(bytes));
    const auto rest = std::span(line_.bytes).first(fed_).subspan(searched_);
    const auto found = std::search(rest.begin(), rest.end(), bytes.begin(), bytes.end());
    SUBMETER_CHECK(found != rest.end());
    searched_ += static_cast<std::size_t>(found - rest.begin()) + bytes.size();
    framed_ += bytes.size();
    frames_.push_back(std::move(bytes));
  }

  const Line& line_;
  modbus::RtuAssembler assembler_;
  std::vector<Bytes> frames_;
  std::size_t fed_ = 0;
  std::size_t searched_ = 0;
  std::size_t framed_ = 0;
  std::size_t noise_ = 0;
  std::size_t damaged_ = 0;
  std::size_t echoes_ = 0;
};

void check(const modbus::ReadRequest& request, std::uint8_t chunking, const Line& line) {
  Run whole(request, line);
  whole.feed(line.bytes);
  whole.finish();
  Run in_pieces(request, line);
  for (Chunks chunks(line.bytes, chunking); !chunks.done();) in_pieces.feed(chunks.next());
  in_pieces.finish();
}

}  // namespace
}  // namespace submeter::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace submeter;
  fuzz::Input input(data, size);
  modbus::ReadRequest request;
  request.unit = {input.byte()};
  const std::uint8_t shape = input.byte();
  request.function =
      shape % 2 == 0 ? modbus::Function::kReadHoldingRegisters : modbus::Function::kReadInputRegisters;
  request.count = static_cast<std::uint16_t>(1 + shape / 2 % modbus::kMaxRegisters);
  request.address = {input.word()};
  const std::uint8_t chunking = input.byte();
  fuzz::check(request, chunking, fuzz::Script(request, input).play());
  return 0;
}
