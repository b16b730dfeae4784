// SPDX-License-Identifier: Apache-2.0
#include "store/block.h"

#include <algorithm>
#include <chrono>
#include <string_view>

#include "store/sealed_bytes.h"
#include "submeter/check.h"

namespace submeter::store {
namespace {

constexpr std::string_view kName = "SMB1";

void put_record(SealedWriter& out, const Record& record) {
  SUBMETER_CHECK(record.circuit.size() <= UINT8_MAX && record.json.size() <= UINT32_MAX);
  out.put(static_cast<std::uint8_t>(record.kind));
  out.put(static_cast<std::uint8_t>(record.circuit.size()));
  out.put(static_cast<std::uint32_t>(record.json.size()));
  out.put(static_cast<std::uint64_t>(record.time.time_since_epoch().count()));
  out.put(record.circuit);
  out.put(record.json);
}

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

std::vector<std::uint8_t> encode_block(std::span<const Record> records) {
  SUBMETER_CHECK(!records.empty() && records.size() <= UINT32_MAX);
  SealedWriter out(kName);
  out.put(records.front().seq.value);
  out.put(static_cast<std::uint32_t>(records.size()));
  Sequence expected = records.front().seq;
  for (const Record& record : records) {
    SUBMETER_CHECK(record.seq == expected);
    expected = expected.next();
    put_record(out, record);
  }
  return out.seal();
}

Result<std::vector<Record>> decode_block(std::span<const std::uint8_t> bytes) {
  Result<Taker> taker = open_sealed(bytes, kName);
  if (!taker) return taker.error();
  Sequence seq{taker->number<std::uint64_t>()};
  const auto count = taker->number<std::uint32_t>();
  std::vector<Record> records;
  records.reserve(std::min<std::size_t>(count, taker->left() / kRecordOverhead));
  for (std::uint32_t i = 0; i < count && !taker->failed(); ++i, seq = seq.next()) {
    records.push_back(take_record(*taker, seq));
    if (!is_known(records.back().kind)) return Error{"the block holds a record of an unknown kind"};
  }
  if (taker->failed() || taker->left() != 0 || count == 0) return Error{"the block's lengths do not add up"};
  return records;
}

}  // namespace submeter::store
