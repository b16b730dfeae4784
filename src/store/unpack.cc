// SPDX-License-Identifier: Apache-2.0
#include <zstd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "store/bit_stream.h"
#include "store/flat_json.h"
#include "store/float_text.h"
#include "store/number_column.h"
#include "store/number_text.h"
#include "store/packed_block.h"
#include "store/packed_layout.h"
#include "store/sealed_bytes.h"
#include "store/turns.h"

namespace submeter::store {
namespace {

/// What the header states.
struct Stated {
  Sequence first;
  std::uint32_t records = 0;
  std::uint32_t text = 0;
  std::uint32_t checksum = 0;
  std::uint32_t description = 0;
  std::uint32_t frame = 0;

  explicit Stated(Taker& taker)
      : first{taker.number<std::uint64_t>()},
        records(taker.number<std::uint32_t>()),
        text(taker.number<std::uint32_t>()),
        checksum(taker.number<std::uint32_t>()),
        description(taker.number<std::uint32_t>()),
        frame(taker.number<std::uint32_t>()) {}
};

struct Shape {
  RecordKind kind = RecordKind::kSample;
  std::vector<std::string> keys;    ///< None: whole texts.
  std::vector<std::uint32_t> rows;  ///< Places of its records in the block, series by series.
  std::vector<bool> starts;         ///< Where a series begins.
};

/// Every step says whether the bytes can be what it takes them for.
class Unpacker {
 public:
  Unpacker(const Stated& stated, std::span<const std::uint8_t> description,
           std::span<const std::uint8_t> bits)
      : description_(description), bits_(bits), text_left_(stated.text), records_(stated.records) {
    Sequence seq = stated.first;
    for (Record& record : records_) seq = (record.seq = seq).next();
  }

  bool unpack();
  std::vector<Record> take_records() { return std::move(records_); }

 private:
  std::uint64_t number();
  /// Nothing when it cannot be that many: each of them takes a byte at least.
  std::optional<std::size_t> count(std::size_t most);
  bool read_texts(std::vector<std::string>& texts, std::size_t most);
  std::optional<NumberForm> form() { return NumberForm::from_byte(description_.number<std::uint8_t>()); }

  bool read_shapes();
  bool read_series();
  bool read_order();
  bool read_times(const Shape& shape);
  bool read_shape(const Shape& shape);
  bool read_column(const Shape& shape, std::string_view before);
  bool read_numbers(const Shape& shape, ColumnSource source, std::string_view before);
  bool read_as_texts(const Shape& shape, std::string_view before);
  bool append(Record& record, std::string_view before, std::string_view value);

  Taker description_;
  BitReader bits_;
  std::size_t text_left_;
  std::vector<Record> records_;
  std::vector<std::string> circuits_;
  std::vector<Shape> shapes_;
  struct Series {
    std::uint32_t shape;
    std::uint32_t circuit;
    std::vector<std::uint32_t> places;
  };
  std::vector<Series> series_;
};

bool Unpacker::unpack() {
  if (!read_texts(circuits_, records_.size()) || !read_shapes() || !read_series() || !read_order())
    return false;
  for (const Shape& shape : shapes_) {
    if (!read_shape(shape)) return false;
  }
  return text_left_ == 0 && !description_.failed() && description_.left() == 0 && bits_.at_end();
}

std::uint64_t Unpacker::number() {
  constexpr unsigned kMostBits = 35;  // five bytes
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < kMostBits; shift += 7) {
    const auto byte = description_.number<std::uint8_t>();
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) break;
  }
  return value;
}

std::optional<std::size_t> Unpacker::count(std::size_t most) {
  const std::uint64_t value = number();
  if (value > most || value > description_.left()) return std::nullopt;
  return static_cast<std::size_t>(value);
}

bool Unpacker::read_texts(std::vector<std::string>& texts, std::size_t most) {
  const std::optional<std::size_t> wanted = count(most);
  if (!wanted) return false;
  texts.reserve(*wanted);
  for (std::size_t i = 0; i < *wanted && !description_.failed(); ++i) {
    texts.push_back(description_.text(static_cast<std::size_t>(number())));
  }
  return !description_.failed();
}

bool Unpacker::read_shapes() {
  const std::optional<std::size_t> wanted = count(kMostShapes);
  if (!wanted) return false;
  shapes_.resize(*wanted);
  for (Shape& shape : shapes_) {
    const auto kind = description_.number<std::uint8_t>();
    shape.kind = static_cast<RecordKind>(kind);
    if (shape.kind < RecordKind::kSample || shape.kind > RecordKind::kEvent) return false;
    if (!read_texts(shape.keys, kMostMembers)) return false;
  }
  return true;
}

bool Unpacker::read_series() {
  const std::optional<std::size_t> wanted = count(records_.size());
  if (!wanted) return false;
  series_.reserve(*wanted);
  for (std::size_t i = 0; i < *wanted; ++i) {
    const std::uint64_t shape = number();
    const std::uint64_t circuit = number();
    if (shape >= shapes_.size() || circuit >= circuits_.size()) return false;
    series_.push_back({static_cast<std::uint32_t>(shape), static_cast<std::uint32_t>(circuit), {}});
  }
  return !description_.failed();
}

bool Unpacker::read_order() {
  const std::optional<NumberForm> order_form = form();
  if (!order_form) return false;
  NumberReader order(*order_form, bits_);
  Turns turns;
  for (std::uint32_t place = 0; place < records_.size(); ++place) {
    const std::optional<std::uint32_t> number = turns.follow(order.next(false));
    if (!number || *number >= series_.size()) return false;
    Series& series = series_[*number];
    const std::string& circuit = circuits_[series.circuit];
    if (circuit.size() > text_left_) return false;
    text_left_ -= circuit.size();
    records_[place].circuit = circuit;
    records_[place].kind = shapes_[series.shape].kind;
    series.places.push_back(place);
  }
  for (const Series& series : series_) {
    Shape& shape = shapes_[series.shape];
    shape.rows.insert(shape.rows.end(), series.places.begin(), series.places.end());
    for (std::size_t i = 0; i < series.places.size(); ++i) shape.starts.push_back(i == 0);
  }
  return turns.known() == series_.size();
}

bool Unpacker::read_times(const Shape& shape) {
  const std::optional<NumberForm> times_form = form();
  if (!times_form) return false;
  NumberReader times(*times_form, bits_);
  for (std::size_t row = 0; row < shape.rows.size(); ++row) {
    records_[shape.rows[row]].time = UtcTime{std::chrono::milliseconds{times.next(shape.starts[row])}};
  }
  return true;
}

bool Unpacker::read_shape(const Shape& shape) {
  if (!read_times(shape)) return false;
  if (shape.keys.empty()) return read_column(shape, "");
  std::string before = "{\"";
  for (const std::string& key : shape.keys) {
    if (!read_column(shape, (before += key) += "\":")) return false;
    before = ",\"";
  }
  return std::all_of(shape.rows.begin(), shape.rows.end(),
                     [this](std::uint32_t place) { return append(records_[place], "}", ""); });
}

bool Unpacker::read_column(const Shape& shape, std::string_view before) {
  const auto source = static_cast<ColumnSource>(description_.number<std::uint8_t>());
  if (source == ColumnSource::kText) return read_as_texts(shape, before);
  if (source == ColumnSource::kNumber || source == ColumnSource::kFloat)
    return read_numbers(shape, source, before);
  if (source > ColumnSource::kFloat) return false;
  std::string value;
  return std::all_of(shape.rows.begin(), shape.rows.end(), [&](std::uint32_t place) {
    value.clear();
    append_own(value, source, records_[place]);
    return append(records_[place], before, value);
  });
}

bool Unpacker::read_numbers(const Shape& shape, ColumnSource source, std::string_view before) {
  const auto decimals = description_.number<std::uint8_t>();
  const std::optional<NumberForm> number_form = form();
  if (!number_form || decimals > kMostDecimals) return false;
  NumberReader numbers(*number_form, bits_);
  std::string value;
  for (std::size_t row = 0; row < shape.rows.size(); ++row) {
    value.clear();
    const std::int64_t number = numbers.next(shape.starts[row]);
    if (source == ColumnSource::kNumber) {
      append_number(value, number, decimals);
    } else if (!append_float(value, number, decimals)) {
      return false;
    }
    if (!append(records_[shape.rows[row]], before, value)) return false;
  }
  return true;
}

bool Unpacker::read_as_texts(const Shape& shape, std::string_view before) {
  std::vector<std::string> texts;
  if (!read_texts(texts, shape.rows.size()) || texts.empty()) return false;
  std::optional<NumberReader> numbers;
  if (texts.size() > 1) {
    const std::optional<NumberForm> number_form = form();
    if (!number_form) return false;
    numbers.emplace(*number_form, bits_);
  }
  for (std::size_t row = 0; row < shape.rows.size(); ++row) {
    const auto number = numbers ? static_cast<std::uint64_t>(numbers->next(shape.starts[row])) : 0;
    if (number >= texts.size() || !append(records_[shape.rows[row]], before, texts[number])) return false;
  }
  return true;
}

/// False when the block would hold more than it states.
bool Unpacker::append(Record& record, std::string_view before, std::string_view value) {
  if (before.size() + value.size() > text_left_) return false;
  text_left_ -= before.size() + value.size();
  (record.json += before) += value;
  return true;
}

}  // namespace

Result<std::vector<Record>> decode_packed_block(std::span<const std::uint8_t> bytes) {
  Result<Taker> taker = open_sealed(bytes, kPackedName);
  if (!taker) return taker.error();
  const Stated stated(*taker);
  if (taker->failed() || stated.frame > taker->left()) return Error{"the block's lengths do not add up"};
  if (stated.records == 0 || stated.records > kMostPackedRecords || stated.text > kMostPackedText ||
      stated.description > kMostDescription) {
    return Error{"the block is larger than one may be"};
  }
  const auto packed = bytes.last(taker->left());
  std::vector<std::uint8_t> description(stated.description);
  const std::size_t length =
      ZSTD_decompress(description.data(), description.size(), packed.data(), stated.frame);
  if (ZSTD_isError(length) != 0 || length != stated.description) {
    return Error{"the block's description does not unpack"};
  }
  Unpacker unpacker(stated, description, packed.subspan(stated.frame));
  if (!unpacker.unpack()) return Error{"the block's columns do not add up"};
  std::vector<Record> records = unpacker.take_records();
  if (content_checksum(records) != stated.checksum)
    return Error{"the block unpacks to other records than were packed"};
  return records;
}

}  // namespace submeter::store
