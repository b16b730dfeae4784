// SPDX-License-Identifier: Apache-2.0
// Input: for each record its kind and circuit (1), what its time is later than the one before by (1), and its
// JSON up to the next line feed. Whatever they are, they are packed and come back.
#include <chrono>
#include <string>
#include <vector>

#include "store/packed_block.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace submeter;
  fuzz::Input input(data, size);
  std::vector<Record> records;
  UtcTime time{std::chrono::milliseconds{1'795'212'900'000}};
  do {
    const std::uint8_t whose = input.byte();
    time += std::chrono::milliseconds{input.byte()};
    Record& record = records.emplace_back();
    record.seq = {41 + records.size()};
    record.kind = static_cast<RecordKind>(1 + whose % 3);
    record.circuit = std::string(whose / 3U % 4, 'c');
    record.time = time;
    while (!input.empty()) {
      const char letter = static_cast<char>(input.byte());
      if (letter == '\n') break;
      record.json += letter;
    }
  } while (!input.empty());
  const Result<std::vector<std::uint8_t>> packed = store::encode_packed_block(records);
  SUBMETER_CHECK(packed.ok());
  const Result<std::vector<Record>> read = store::decode_packed_block(*packed);
  SUBMETER_CHECK(read.ok() && *read == records);
  return 0;
}
