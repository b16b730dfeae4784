// SPDX-License-Identifier: Apache-2.0
#include "simulate/spoiled_answer.h"

#include <algorithm>
#include <utility>

#include "simulate/seeded_random.h"

namespace submeter::simulate {
namespace {

using Bytes = std::vector<std::uint8_t>;

// Within a frame's body: unit, function, byte count, registers.
constexpr std::size_t kFunction = 1;
constexpr std::size_t kByteCount = 2;
constexpr std::size_t kFirstRegister = 3;
constexpr std::uint8_t kReadHolding = 3;
constexpr std::uint8_t kReadInput = 4;

/// A pause that ends a frame on any line.
constexpr Duration kPause = std::chrono::milliseconds{40};
constexpr std::size_t kMostNoise = 12;

void change_unit(Body& body, std::uint64_t random) {
  body.bytes[0] = static_cast<std::uint8_t>((body.bytes[0] + random % 9) % 247 + 1);
}

void change_function(Body& body, std::uint64_t) {
  body.bytes[kFunction] ^= kReadHolding ^ kReadInput;
}

void change_count(Body& body, std::uint64_t random) {
  if (body.bytes.size() <= kFirstRegister) return;  // an exception has no registers
  const bool fewer = body.bytes.size() > kFirstRegister + 2 && random % 2 == 0;
  body.bytes.resize(fewer ? body.bytes.size() - 2 : body.bytes.size() + 2);
  body.bytes[kByteCount] = static_cast<std::uint8_t>(body.bytes.size() - kFirstRegister);
}

// Far from any that is under way: with the right unit nothing would tell that answer from its own.
void change_transaction(Body& body, std::uint64_t) {
  body.transaction ^= 0x8000U;
}

Bytes noise(std::uint64_t random) {
  Bytes bytes(1 + random % kMostNoise);
  for (std::uint8_t& byte : bytes) {
    random = mix(random);
    byte = static_cast<std::uint8_t>(random);
  }
  return bytes;
}

void damage(Bytes& adu, std::uint64_t) {
  adu.back() ^= 0x55U;
}

void cut(Bytes& adu, std::uint64_t) {
  adu.resize(adu.size() / 2);
}

void lengthen(Bytes& adu, std::uint64_t random) {
  const Bytes more = noise(random);
  adu.insert(adu.end(), more.begin(), more.end());
}

void precede(Bytes& adu, std::uint64_t random) {
  Bytes first = noise(random);
  first.insert(first.end(), adu.begin(), adu.end());
  adu = std::move(first);
}

/// A frame that is sealed anew is sound.
struct Change {
  Fault fault;
  void (*apply)(Body& body, std::uint64_t random);
};
constexpr std::array kChanges = std::to_array<Change>({
    {Fault::kWrongUnit, change_unit},
    {Fault::kWrongFunction, change_function},
    {Fault::kWrongCount, change_count},
    {Fault::kWrongTransaction, change_transaction},
});

/// What happens to the bytes of a frame.
struct Damage {
  Fault fault;
  void (*apply)(Bytes& adu, std::uint64_t random);
};
constexpr std::array kDamages = std::to_array<Damage>({
    {Fault::kBadCrc, damage},
    {Fault::kTruncated, cut},
    {Fault::kOversized, lengthen},
    {Fault::kNoise, precede},
});

Bytes changed(const Bytes& adu, const Fate& fate, ModbusServer& server) {
  Body body = server.open(adu);
  bool any = false;
  for (const Change& change : kChanges) {
    if (!fate.has(change.fault)) continue;
    change.apply(body, fate.random);
    any = true;
  }
  return any ? server.seal(body) : adu;
}

Bytes of_another_unit(const Bytes& adu, const Fate& fate, ModbusServer& server) {
  Body body = server.open(adu);
  change_unit(body, fate.random);
  return server.seal(body);
}

/// After its first bytes, where a frame's length stands.
std::size_t pause_after(const Bytes& adu, std::uint64_t random) {
  constexpr std::size_t kHead = 8;
  return std::min<std::size_t>(1 + random % kHead, adu.size() - 1);
}

}  // namespace

std::vector<Answer> spoil(Answer answer, const Fate& fate, Duration lateness, ModbusServer& server) {
  if (fate.has(Fault::kLate)) answer.turnaround += lateness;
  std::vector<Answer> sent;
  if (fate.has(Fault::kForeign)) {
    sent.push_back({answer.unit, of_another_unit(answer.adu, fate, server), answer.turnaround});
  }
  answer.adu = changed(answer.adu, fate, server);
  for (const Damage& damage : kDamages) {
    if (fate.has(damage.fault)) damage.apply(answer.adu, fate.random);
  }
  if (fate.has(Fault::kTruncated)) answer.end = End::kBrokenOff;
  if (fate.has(Fault::kPaused)) {
    const auto pause = static_cast<std::ptrdiff_t>(pause_after(answer.adu, fate.random));
    const auto middle = answer.adu.begin() + pause;
    sent.push_back({answer.unit, Bytes(answer.adu.begin(), middle), answer.turnaround, End::kPaused});
    sent.push_back(
        {answer.unit, Bytes(middle, answer.adu.end()), answer.turnaround + kPause, answer.end, true});
  } else {
    sent.push_back(answer);
  }
  if (fate.has(Fault::kDuplicated))
    sent.push_back({answer.unit, answer.adu, sent.back().turnaround, answer.end});
  return sent;
}

}  // namespace submeter::simulate
