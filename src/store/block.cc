// SPDX-License-Identifier: Apache-2.0
#include "store/block.h"

#include <algorithm>
#include <chrono>
#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include "store/crc32c.h"
#include "submeter/check.h"

namespace submeter::store {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::string_view kMagic = "SMB1";
constexpr std::size_t kCrcOffset = 4;
constexpr std::size_t kSummedFrom = 8;
constexpr std::size_t kHeaderSize = 20;

void put_number(Bytes& out, std::unsigned_integral auto value) {
  for (std::size_t i = 0; i < sizeof value; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void put_text(Bytes& out, std::string_view text) {
  out.insert(out.end(), text.begin(), text.end());
}

void put_record(Bytes& out, const Record& record) {
  SUBMETER_CHECK(record.circuit.size() <= UINT8_MAX && record.json.size() <= UINT32_MAX);
  put_number(out, static_cast<std::uint8_t>(record.kind));
  put_number(out, static_cast<std::uint8_t>(record.circuit.size()));
  put_number(out, static_cast<std::uint32_t>(record.json.size()));
  put_number(out, static_cast<std::uint64_t>(record.time.time_since_epoch().count()));
  put_text(out, record.circuit);
  put_text(out, record.json);
}

/// Takes bytes from the front; asking for more than there is fails once and for all.
class Taker {
 public:
  explicit Taker(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

  template <std::unsigned_integral Number>
  Number number() {
    std::uint64_t value = 0;
    const auto bytes = take(sizeof(Number));
    for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
    return static_cast<Number>(value);
  }
  std::string text(std::size_t length) {
    const auto bytes = take(length);
    return {bytes.begin(), bytes.end()};
  }
  bool failed() const { return failed_; }
  std::size_t left() const { return rest_.size(); }

 private:
  std::span<const std::uint8_t> take(std::size_t length) {
    failed_ = failed_ || length > rest_.size();
    if (failed_) return {};
    const auto taken = rest_.first(length);
    rest_ = rest_.subspan(length);
    return taken;
  }

  std::span<const std::uint8_t> rest_;
  bool failed_ = false;
};

Record take_record(Taker& taker, Sequence seq) {
  Record record;
  record.seq = seq;
  record.kind = static_cast<RecordKind>(taker.number<std::uint8_t>());
  const auto circuit_length = taker.number<std::uint8_t>();
  const auto json_length = taker.number<std::uint32_t>();
  record.time = UtcTime{std::chrono::milliseconds{static_cast<std::int64_t>(taker.number<std::uint64_t>())}};
  record.circuit = taker.text(circuit_length);
  record.json = taker.text(json_length);
  return record;
}

bool is_known(RecordKind kind) {
  return kind >= RecordKind::kSample && kind <= RecordKind::kEvent;
}

}  // namespace

Bytes encode_block(std::span<const Record> records) {
  SUBMETER_CHECK(!records.empty() && records.size() <= UINT32_MAX);
  Bytes out;
  put_text(out, kMagic);
  put_number(out, std::uint32_t{0});
  put_number(out, records.front().seq.value);
  put_number(out, static_cast<std::uint32_t>(records.size()));
  Sequence expected = records.front().seq;
  for (const Record& record : records) {
    SUBMETER_CHECK(record.seq == expected);
    expected = expected.next();
    put_record(out, record);
  }
  Bytes crc;
  put_number(crc, crc32c(std::span(out).subspan(kSummedFrom)));
  std::copy(crc.begin(), crc.end(), out.begin() + kCrcOffset);
  return out;
}

Result<std::vector<Record>> decode_block(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kHeaderSize) return Error{"the block is cut off"};
  Taker taker(bytes);
  if (taker.text(kMagic.size()) != kMagic) return Error{"the block does not begin as one"};
  if (taker.number<std::uint32_t>() != crc32c(bytes.subspan(kSummedFrom))) {
    return Error{"the block does not match its checksum"};
  }
  Sequence seq{taker.number<std::uint64_t>()};
  const auto count = taker.number<std::uint32_t>();
  std::vector<Record> records;
  records.reserve(std::min<std::size_t>(count, taker.left() / kRecordOverhead));
  for (std::uint32_t i = 0; i < count && !taker.failed(); ++i, seq = seq.next()) {
    records.push_back(take_record(taker, seq));
    if (!is_known(records.back().kind)) return Error{"the block holds a record of an unknown kind"};
  }
  if (taker.failed() || taker.left() != 0 || count == 0) return Error{"the block's lengths do not add up"};
  return records;
}

}  // namespace submeter::store
