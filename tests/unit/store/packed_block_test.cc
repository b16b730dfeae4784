// SPDX-License-Identifier: Apache-2.0
#include "store/packed_block.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "store/block.h"
#include "tests/support/packed_parts.h"

namespace submeter::store {
namespace {

UtcTime at(std::int64_t milliseconds) {
  return UtcTime{std::chrono::milliseconds{milliseconds}};
}

/// Records of these texts, one second and one circuit after another.
std::vector<Record> records_of(const std::vector<std::string>& texts, std::uint64_t first = 41) {
  std::vector<Record> records;
  for (const std::string& text : texts) {
    const std::uint64_t n = records.size();
    records.push_back({.seq = {first + n},
                       .kind = RecordKind::kSample,
                       .circuit = "c-" + std::to_string(n % 3),
                       .time = at(1'795'212'900'000 + static_cast<std::int64_t>(n) * 1000),
                       .json = text});
  }
  return records;
}

/// As a gateway writes them: its circuits in turn, with noise, a silent meter and an event now and then.
std::vector<Record> gateway_records(std::size_t count, std::size_t circuits = 7) {
  std::mt19937 random(5);
  std::vector<Record> records;
  for (std::uint64_t n = 0; n < count; ++n) {
    Record record{
        .seq = {900 + n},
        .kind = RecordKind::kSample,
        .circuit = "circuit-" + std::to_string(n % circuits),
        .time = at(1'795'212'900'000 + static_cast<std::int64_t>(n / circuits * 5000 + random() % 40)),
        .json = {}};
    const std::string place = R"(,"ts":)" + std::to_string(record.time.time_since_epoch().count()) +
                              R"(,"stream":"k3v9q2m7ta","seq":)" + std::to_string(record.seq.value) +
                              R"(,"clock":"synced")";
    if (n % 50 == 17) {
      record.kind = RecordKind::kEvent;
      record.circuit.clear();
      record.json = R"({"v":1,"kind":"event")" + place + R"(,"text":"event )" + std::to_string(n) + "\"}";
    } else {
      record.json = R"({"v":1,"kind":"sample","circuit":")" + record.circuit + "\"" + place;
      record.json += n % 23 == 0 ? std::string(R"(,"q":"bad","err":"no response, 2 tries"})")
                                 : R"(,"q":"good","power_kw":12.)" + std::to_string(random() % 900 * 10 + 1) +
                                       R"(,"energy_import_kwh":)" + std::to_string(48211 + n) + ".5}";
    }
    records.push_back(std::move(record));
  }
  return records;
}

void expect_round_trip(const std::vector<Record>& records) {
  const Result<Bytes> packed = encode_packed_block(records);
  ASSERT_TRUE(packed.ok()) << packed.error().message;
  EXPECT_TRUE(is_packed_block(*packed));
  const Result<std::vector<Record>> read = decode_packed_block(*packed);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(*read, records);
}

TEST(PackedBlock, ReadsBackWhatAGatewayWrites) {
  for (const std::size_t count : {1U, 2U, 3U, 100U, 1000U}) expect_round_trip(gateway_records(count));
  expect_round_trip(gateway_records(1000, 1));
  expect_round_trip(gateway_records(1000, 999));
}

TEST(PackedBlock, ReadsBackTheGoldenRecords) {
  std::vector<std::string> lines;
  for (const char* name : {"valid", "invalid"}) {
    std::ifstream file(std::string(SUBMETER_SOURCE_DIR "/tests/golden/records/") + name + ".jsonl");
    for (std::string line; std::getline(file, line);) lines.push_back(line);
  }
  ASSERT_GT(lines.size(), 20U);
  expect_round_trip(records_of(lines));
  for (const std::string& line : lines) expect_round_trip(records_of({line, line, line}));
}

TEST(PackedBlock, ReadsBackAnyValue) {
  std::vector<std::string> texts;
  for (const char* value : {"0",
                            "-0",
                            "0.0",
                            "-0.0",
                            "1e5",
                            "1E-5",
                            "1.50",
                            "007",
                            "00.5",
                            "1.",
                            "-",
                            "",
                            "12345678901234567890",
                            "-9223372036854775808",
                            "9223372036854775807",
                            "0.00000000000000000001",
                            "123456789012345678.9",
                            "null",
                            "true",
                            "\"\"",
                            "\"\\\"\"",
                            "\"\\\\\"",
                            "\"\\u00e9\\n\"",
                            "\"Zähler – 電力 ⚡\"",
                            "\"a,b}:{\"",
                            "[1,2]",
                            "{\"b\":1}",
                            "\"\xff\xfe\"",
                            "3.4028235e38",
                            "3.4028235",
                            "230.14835",
                            "16777216.0",
                            "1.0e-45"}) {
    texts.push_back(std::string("{\"seq\":1,\"x\":") + value + ",\"y\":2}");
    expect_round_trip(records_of({texts.back()}));
    expect_round_trip(records_of({texts.back(), R"({"seq":1,"x":12.5,"y":2})", texts.back()}));
  }
  expect_round_trip(records_of(texts));
}

TEST(PackedBlock, ReadsBackWhatIsNoFlatObject) {
  const std::vector<std::string> texts{"",
                                       "{}",
                                       "{",
                                       "null",
                                       " {\"a\":1}",
                                       "{\"a\":1} ",
                                       "{\"a\": 1}",
                                       "{\"a\":1,}",
                                       "{\"a\"}",
                                       "{\"a\":\"}",
                                       "\n",
                                       std::string("\0\xff\"", 3),
                                       std::string(70'000, 'x')};
  expect_round_trip(records_of(texts));
  for (const std::string& text : texts) expect_round_trip(records_of({text}));
}

TEST(PackedBlock, ReadsBackShapesThatChange) {
  expect_round_trip(
      records_of({R"({"a":1,"b":2})", R"({"b":2,"a":1})", R"({"a":1})", R"({"a":1,"b":2,"c":"x"})",
                  R"({"a":"1","b":2})", R"({"a":1,"a":1})", R"({"a":1,"b":2})", R"({"":1})"}));
  std::vector<std::string> texts;
  for (int i = 0; i < 1000; ++i)
    texts.push_back("{\"key-" + std::to_string(i % 700) + "\":" + std::to_string(i) + "}");
  expect_round_trip(records_of(texts));  // more shapes than there is room for
}

TEST(PackedBlock, ReadsBackFieldsOfTheRecordThatItsTextContradicts) {
  std::vector<Record> records = gateway_records(60);
  records[3].time = at(-1);
  records[4].time = at(INT64_MAX);
  records[5].time = at(INT64_MIN);
  records[6].circuit = "another";
  records[7].circuit = std::string(255, 'c');
  records[8].kind = RecordKind::kInterval;
  expect_round_trip(records);
}

TEST(PackedBlock, ReadsBackFloatsThatAreScaled) {
  std::vector<std::string> texts;
  for (const char* power : {"12.481234", "-0.00012345679", "0.0", "14000.123", "0.6001234"}) {
    texts.push_back(R"({"voltage_l1n_v":230.14835,"power_kw":)" + std::string(power) + "}");
  }
  texts.push_back(R"({"voltage_l1n_v":229.9,"power_kw":12.481235})");
  expect_round_trip(records_of(texts));
}

TEST(PackedBlock, ReadsBackRandomTexts) {
  std::mt19937 random(1);
  const std::string letters = "{}\":,\\01.-ae";
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> texts(1 + random() % 20, "{\"a\":");
    for (std::string& text : texts) {
      for (std::size_t length = random() % 20; length > 0; --length)
        text += letters[random() % letters.size()];
      text += random() % 2 == 0 ? "}" : "";
    }
    expect_round_trip(records_of(texts));
  }
}

TEST(PackedBlock, HoldsAsManyRecordsAndBytesAsItSays) {
  std::vector<Record> records = gateway_records(kMostPackedRecords + 1, 100);
  EXPECT_FALSE(encode_packed_block(records).ok());
  records.pop_back();
  expect_round_trip(records);

  std::vector<Record> large = records_of({std::string(kMostPackedText - 3, 'x')});  // and "c-0"
  expect_round_trip(large);
  large.front().json += 'x';
  EXPECT_FALSE(encode_packed_block(large).ok());
}

TEST(PackedBlock, ReadsBackTheMostSeriesAndTheLongestSequence) {
  std::vector<std::string> texts(kMostPackedRecords, R"({"a":1})");
  std::vector<Record> records = records_of(texts, UINT64_MAX - kMostPackedRecords);
  for (std::size_t i = 0; i < records.size(); ++i) records[i].circuit = std::to_string(i);
  expect_round_trip(records);
}

TEST(PackedBlock, IsMuchSmallerThanThePlainOne) {
  const std::vector<Record> records = gateway_records(2000, 50);
  EXPECT_LT(encode_packed_block(records)->size(), encode_block(records).size() / 15);
}

TEST(PackedBlock, RefusesAKindThatIsUnknown) {
  std::vector<Record> records = gateway_records(3);
  records[1].kind = static_cast<RecordKind>(9);
  EXPECT_FALSE(encode_packed_block(records).ok());
}

// The bits by hand. New series: 1, folded 2, in 3 bits behind a zero: 0 010; time 5, folded 10: one 8 and 2:
// 10 010. From the lowest place: 0010 1001 0.
TEST(PackedBlock, IsLaidOutAsItsHeaderSays) {
  const std::vector<Record> one{{.seq = Sequence{0x0102},
                                 .kind = RecordKind::kEvent,
                                 .circuit = "ab",
                                 .time = at(5),
                                 .json = R"({"k":"x","seq":258,"ts":5,"c":"ab"})"}};
  const Bytes packed = *encode_packed_block(one);
  const PackedParts parts = PackedParts::take_apart(packed);
  const Bytes head{'S', 'M', 'C', '1', 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 37, 0, 0, 0};
  EXPECT_EQ(Bytes(parts.head.begin(), parts.head.begin() + 4), Bytes(head.begin(), head.begin() + 4));
  EXPECT_EQ(Bytes(parts.head.begin() + 8, parts.head.begin() + 24), Bytes(head.begin() + 8, head.end()));
  const Bytes description{1, 2,   'a', 'b', 1, 3, 4, 1, 'k', 3, 's', 'e', 'q', 2, 't', 's',
                          1, 'c', 1,   0,   0, 0, 0, 3, 1,   3, '"', 'x', '"', 0, 1,   2};
  EXPECT_EQ(parts.description, description);
  EXPECT_EQ(parts.bits, (Bytes{0b10010100, 0}));
  EXPECT_EQ(resealed(packed), packed);
}

TEST(PackedBlock, IsRefusedWhenTruncatedAtAnyLength) {
  const Bytes whole = *encode_packed_block(gateway_records(60));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto cut = std::span(whole).first(length);
    EXPECT_FALSE(decode_packed_block(cut).ok()) << length;
    if (length < 8) continue;
    EXPECT_FALSE(decode_packed_block(resealed({cut.begin(), cut.end()})).ok()) << length;
  }
}

TEST(PackedBlock, IsRefusedWhenAnyBitIsFlipped) {
  const Bytes whole = *encode_packed_block(gateway_records(30));
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes flipped = whole;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(decode_packed_block(flipped).ok()) << bit;
  }
}

TEST(PackedBlock, IsRefusedWithBytesBehindIt) {
  Bytes longer = *encode_packed_block(gateway_records(30));
  longer.push_back(0);
  EXPECT_FALSE(decode_packed_block(resealed(longer)).ok());
}

/// Whatever the bytes are that have the right checksum: the records that were packed, but for their sequence,
/// or none.
void expect_these_or_none(const Bytes& block, const std::vector<Record>& records) {
  const Result<std::vector<Record>> read = decode_packed_block(block);
  if (!read) {
    EXPECT_NE(read.error().message, "the block does not match its checksum");
    return;
  }
  ASSERT_EQ(read->size(), records.size());
  for (std::size_t i = 0; i < records.size(); ++i) EXPECT_EQ((*read)[i].json, records[i].json);
}

TEST(PackedBlock, NeverTrustsAByteThatTheChecksumCovers) {
  const std::vector<Record> records = gateway_records(60);
  const Bytes whole = *encode_packed_block(records);
  for (std::size_t i = 8; i < whole.size(); ++i) {
    for (const unsigned value : {0x00U, 0x01U, 0x7FU, 0x80U, 0xFFU}) {
      Bytes changed = whole;
      changed[i] = static_cast<std::uint8_t>(value);
      expect_these_or_none(resealed(changed), records);
    }
  }
}

TEST(PackedBlock, NeverTrustsADescriptionOrBits) {
  const std::vector<Record> records = gateway_records(60);
  const PackedParts whole = PackedParts::take_apart(*encode_packed_block(records));
  std::mt19937 random(7);
  for (int round = 0; round < 5'000; ++round) {
    PackedParts changed = whole;
    Bytes& part = random() % 3 == 0 ? changed.bits : changed.description;
    for (auto changes = 1 + random() % 3; changes > 0; --changes) {
      part[random() % part.size()] =
          static_cast<std::uint8_t>(random() % 4 == 0 ? random() % 256 : random() % 8);
    }
    if (random() % 8 == 0) part.resize(random() % part.size() + 1);
    expect_these_or_none(changed.put_together(), records);
  }
}

TEST(PackedBlock, IsRefusedWhenItStatesMoreThanOneMayHold) {
  const PackedParts whole = PackedParts::take_apart(*encode_packed_block(gateway_records(3)));
  for (const std::size_t field : {16U, 20U}) {
    for (const std::uint8_t top : {std::uint8_t{1}, std::uint8_t{0xFF}}) {
      PackedParts changed = whole;
      changed.head[field + 3] = top;
      EXPECT_EQ(decode_packed_block(changed.put_together()).error().message,
                "the block is larger than one may be");
    }
  }
  PackedParts none = whole;
  none.head[16] = 0;
  EXPECT_FALSE(decode_packed_block(none.put_together()).ok());
  PackedParts long_one = whole;
  long_one.description.resize(kMostPackedText * 2);
  EXPECT_EQ(decode_packed_block(long_one.put_together()).error().message,
            "the block is larger than one may be");
}

TEST(PackedBlock, SaysWhatIsWrongWithIt) {
  Bytes bytes = *encode_packed_block(gateway_records(3));
  bytes.back() ^= 1;
  EXPECT_EQ(decode_packed_block(bytes).error().message, "the block does not match its checksum");
  bytes[3] = '2';
  EXPECT_EQ(decode_packed_block(bytes).error().message, "the block does not begin as one");
  EXPECT_FALSE(is_packed_block(bytes));
  EXPECT_FALSE(is_packed_block(encode_block(gateway_records(3))));
  PackedParts other = PackedParts::take_apart(*encode_packed_block(gateway_records(3)));
  other.head[24] ^= 1;
  EXPECT_EQ(decode_packed_block(other.put_together()).error().message,
            "the block unpacks to other records than were packed");
}

}  // namespace
}  // namespace submeter::store
