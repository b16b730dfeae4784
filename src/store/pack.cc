// SPDX-License-Identifier: Apache-2.0
#include <zstd.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
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
#include "submeter/check.h"

namespace submeter::store {
namespace {

constexpr int kLevel = 3;

/// Fewer are not worth the question whether they come from a float.
bool has_many_digits(std::int64_t value) {
  constexpr std::int64_t kSeven = 1'000'000;
  return value >= kSeven || value <= -kSeven;
}

/// Different texts, numbered as they appear.
class Dictionary {
 public:
  std::uint32_t number_of(std::string_view text) {
    const auto [found, added] = numbers_.try_emplace(text, static_cast<std::uint32_t>(texts_.size()));
    if (added) texts_.push_back(text);
    return found->second;
  }
  const std::vector<std::string_view>& texts() const { return texts_; }

 private:
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
  std::vector<std::string_view> texts_;
};

class Description {
 public:
  void byte(std::uint8_t value) { bytes_ += static_cast<char>(value); }
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }
  void text(std::string_view text) {
    number(text.size());
    bytes_ += text;
  }
  void texts(const std::vector<std::string_view>& texts) {
    number(texts.size());
    for (const std::string_view each : texts) text(each);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

struct Shape {
  RecordKind kind;
  std::vector<std::string_view> keys;   ///< None: whole texts.
  std::vector<std::uint32_t> rows;      ///< Places of its records in the block; series by series once sorted.
  std::vector<std::string_view> cells;  ///< As many a record as there are columns, in the records' order.
  std::vector<std::uint32_t> cell_row;  ///< Behind which row of `cells` each of `rows` is.

  std::size_t columns() const { return std::max<std::size_t>(1, keys.size()); }
};

class Packer {
 public:
  explicit Packer(std::span<const Record> records) : records_(records) {}

  Result<std::vector<std::uint8_t>> pack(std::size_t text_size);

 private:
  /// A column of numbers in one of the ways to write it; no rows: it cannot be written so.
  struct NumberValues {
    ColumnSource source = ColumnSource::kNumber;
    std::uint8_t decimals = 0;
    std::vector<std::int64_t> rows{};
    NumberForm form{};
    std::uint64_t bits = UINT64_MAX;

    void choose(const std::vector<bool>& starts) {
      const FormChoice chosen = choose_form(rows, starts);
      form = chosen.form;
      bits = chosen.bits;
    }
  };

  void sort_record(std::uint32_t place);
  std::uint32_t shape_of(RecordKind kind, const std::vector<Member>& members);
  void sort_rows(Shape& shape);
  void describe_shapes();
  void write_order();
  void write_shape(Shape& shape);
  void write_column(const std::vector<std::string_view>& cells, const Shape& shape);
  bool write_own(const std::vector<std::string_view>& cells, const Shape& shape);
  bool write_as_numbers(const std::vector<std::string_view>& cells);
  NumberValues as_decimals(const std::vector<NumberText>& numbers) const;
  NumberValues as_floats(const std::vector<NumberText>& numbers, std::uint8_t shift) const;
  void write_as_texts(const std::vector<std::string_view>& cells);
  void write_numbers(const std::vector<std::int64_t>& values);
  void write_numbers(const std::vector<std::int64_t>& values, NumberForm form);
  Result<std::vector<std::uint8_t>> seal(std::size_t text_size);

  std::span<const Record> records_;
  std::vector<Shape> shapes_;
  std::unordered_map<std::string, std::uint32_t> shape_numbers_;
  Dictionary circuits_;
  std::vector<std::uint32_t> series_of_;                         ///< Of each record.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> series_;  ///< Shape, circuit.
  std::unordered_map<std::uint64_t, std::uint32_t> series_numbers_;
  std::vector<bool> starts_;  ///< Of the rows being written: where a series begins.
  Description description_;
  BitWriter bits_;
};

Result<std::vector<std::uint8_t>> Packer::pack(std::size_t text_size) {
  series_of_.reserve(records_.size());
  for (std::uint32_t place = 0; place < records_.size(); ++place) sort_record(place);
  for (Shape& shape : shapes_) sort_rows(shape);
  describe_shapes();
  write_order();
  for (Shape& shape : shapes_) write_shape(shape);
  return seal(text_size);
}

void Packer::sort_record(std::uint32_t place) {
  const Record& record = records_[place];
  std::vector<Member> members = split_flat_object(record.json);
  const std::uint32_t number = shape_of(record.kind, members);
  Shape& shape = shapes_[number];
  shape.rows.push_back(place);
  if (shape.keys.empty())
    shape.cells.emplace_back(record.json);
  else
    for (const Member& member : members) shape.cells.push_back(member.value);
  const std::uint32_t circuit = circuits_.number_of(record.circuit);
  const auto [found, added] = series_numbers_.try_emplace(std::uint64_t{number} << 32 | circuit,
                                                          static_cast<std::uint32_t>(series_.size()));
  if (added) series_.emplace_back(number, circuit);
  series_of_.push_back(found->second);
}

std::uint32_t Packer::shape_of(RecordKind kind, const std::vector<Member>& members) {
  std::string name(1, static_cast<char>(kind));
  for (const Member& member : members) (name += member.key) += '"';
  // Room is kept for the whole texts of each kind.
  const auto found = shape_numbers_.find(name);
  if (found != shape_numbers_.end()) return found->second;
  constexpr std::size_t kKinds = 3;
  if (!members.empty() && shapes_.size() + kKinds >= kMostShapes) return shape_of(kind, {});
  const auto number = static_cast<std::uint32_t>(shapes_.size());
  shape_numbers_.emplace(std::move(name), number);
  Shape& shape =
      shapes_.emplace_back(Shape{.kind = kind, .keys = {}, .rows = {}, .cells = {}, .cell_row = {}});
  for (const Member& member : members) shape.keys.push_back(member.key);
  return number;
}

void Packer::sort_rows(Shape& shape) {
  shape.cell_row.resize(shape.rows.size());
  std::iota(shape.cell_row.begin(), shape.cell_row.end(), 0U);
  std::stable_sort(shape.cell_row.begin(), shape.cell_row.end(), [&](std::uint32_t a, std::uint32_t b) {
    return series_of_[shape.rows[a]] < series_of_[shape.rows[b]];
  });
  std::vector<std::uint32_t> sorted;
  sorted.reserve(shape.rows.size());
  for (const std::uint32_t row : shape.cell_row) sorted.push_back(shape.rows[row]);
  shape.rows = std::move(sorted);
}

void Packer::describe_shapes() {
  description_.texts(circuits_.texts());
  description_.number(shapes_.size());
  for (const Shape& shape : shapes_) {
    description_.byte(static_cast<std::uint8_t>(shape.kind));
    description_.texts(shape.keys);
  }
  description_.number(series_.size());
  for (const auto& [shape, circuit] : series_) {
    description_.number(shape);
    description_.number(circuit);
  }
}

void Packer::write_order() {
  Turns turns;
  std::vector<std::int64_t> order;
  order.reserve(series_of_.size());
  for (const std::uint32_t series : series_of_) order.push_back(turns.tell(series));
  starts_.assign(order.size(), false);
  write_numbers(order);
}

void Packer::write_shape(Shape& shape) {
  starts_.assign(shape.rows.size(), false);
  std::vector<std::int64_t> times;
  times.reserve(shape.rows.size());
  for (std::size_t row = 0; row < shape.rows.size(); ++row) {
    starts_[row] = row == 0 || series_of_[shape.rows[row]] != series_of_[shape.rows[row - 1]];
    times.push_back(records_[shape.rows[row]].time.time_since_epoch().count());
  }
  write_numbers(times);
  std::vector<std::string_view> cells(shape.rows.size());
  for (std::size_t column = 0; column < shape.columns(); ++column) {
    for (std::size_t row = 0; row < cells.size(); ++row) {
      cells[row] = shape.cells[shape.cell_row[row] * shape.columns() + column];
    }
    write_column(cells, shape);
  }
}

void Packer::write_column(const std::vector<std::string_view>& cells, const Shape& shape) {
  if (write_own(cells, shape)) return;
  const bool constant = std::equal(cells.begin() + 1, cells.end(), cells.begin());
  if (constant || !write_as_numbers(cells)) write_as_texts(cells);
}

/// Whether the column repeats what the record says itself.
bool Packer::write_own(const std::vector<std::string_view>& cells, const Shape& shape) {
  std::string own;
  for (const ColumnSource source : {ColumnSource::kSequence, ColumnSource::kTime, ColumnSource::kCircuit}) {
    std::size_t row = 0;
    for (; row < cells.size(); ++row) {
      own.clear();
      append_own(own, source, records_[shape.rows[row]]);
      if (own != cells[row]) break;
    }
    if (row < cells.size()) continue;
    description_.byte(static_cast<std::uint8_t>(source));
    return true;
  }
  return false;
}

/// False: not all of them are numbers of one kind that have room.
bool Packer::write_as_numbers(const std::vector<std::string_view>& cells) {
  std::vector<NumberText> numbers;
  numbers.reserve(cells.size());
  for (const std::string_view cell : cells) {
    const std::optional<NumberText> number = NumberText::parse(cell);
    if (!number || (number->decimals == 0) != ((numbers.empty() ? *number : numbers.front()).decimals == 0)) {
      return false;
    }
    numbers.push_back(*number);
  }
  NumberValues best = as_decimals(numbers);
  if (best.rows.empty() || std::any_of(best.rows.begin(), best.rows.end(), has_many_digits)) {
    for (const std::uint8_t shift : kFloatShifts) {
      NumberValues floats = as_floats(numbers, shift);
      if (floats.bits < best.bits) best = std::move(floats);
    }
  }
  if (best.rows.empty()) return false;
  description_.byte(static_cast<std::uint8_t>(best.source));
  description_.byte(best.decimals);
  write_numbers(best.rows, best.form);
  return true;
}

Packer::NumberValues Packer::as_decimals(const std::vector<NumberText>& numbers) const {
  NumberValues values{.source = ColumnSource::kNumber};
  for (const NumberText& number : numbers) values.decimals = std::max(values.decimals, number.decimals);
  values.rows.reserve(numbers.size());
  for (const NumberText& number : numbers) {
    const std::optional<std::int64_t> value = number.with_decimals(values.decimals);
    if (!value) return {};
    values.rows.push_back(*value);
  }
  values.choose(starts_);
  return values;
}

Packer::NumberValues Packer::as_floats(const std::vector<NumberText>& numbers, std::uint8_t shift) const {
  NumberValues values{.source = ColumnSource::kFloat, .decimals = shift};
  values.rows.reserve(numbers.size());
  for (const NumberText& number : numbers) {
    const std::optional<std::int64_t> place = float_place(number, shift);
    if (!place) return {};
    values.rows.push_back(*place);
  }
  values.choose(starts_);
  return values;
}

void Packer::write_as_texts(const std::vector<std::string_view>& cells) {
  Dictionary dictionary;
  std::vector<std::int64_t> numbers;
  numbers.reserve(cells.size());
  for (const std::string_view cell : cells) numbers.push_back(dictionary.number_of(cell));
  description_.byte(static_cast<std::uint8_t>(ColumnSource::kText));
  description_.texts(dictionary.texts());
  if (dictionary.texts().size() > 1) write_numbers(numbers);
}

void Packer::write_numbers(const std::vector<std::int64_t>& values) {
  write_numbers(values, choose_form(values, starts_).form);
}

void Packer::write_numbers(const std::vector<std::int64_t>& values, NumberForm form) {
  description_.byte(form.to_byte());
  NumberWriter writer(form, bits_);
  for (std::size_t row = 0; row < values.size(); ++row) writer.put(values[row], starts_[row]);
  writer.finish();
}

Result<std::vector<std::uint8_t>> Packer::seal(std::size_t text_size) {
  const std::string& plain = description_.bytes();
  if (plain.size() > kMostDescription) return Error{"the records are too different to be packed"};
  std::string frame(ZSTD_compressBound(plain.size()), '\0');
  const std::size_t length = ZSTD_compress(frame.data(), frame.size(), plain.data(), plain.size(), kLevel);
  if (ZSTD_isError(length) != 0)
    return Error{std::string("zstd does not pack: ") + ZSTD_getErrorName(length)};
  SealedWriter out(kPackedName);
  out.put(records_.front().seq.value);
  out.put(static_cast<std::uint32_t>(records_.size()));
  out.put(static_cast<std::uint32_t>(text_size));
  out.put(content_checksum(records_));
  out.put(static_cast<std::uint32_t>(plain.size()));
  out.put(static_cast<std::uint32_t>(length));
  out.put(std::string_view(frame).substr(0, length));
  for (const std::uint8_t byte : bits_.finish()) out.put(byte);
  return out.seal();
}

}  // namespace

Result<std::vector<std::uint8_t>> encode_packed_block(std::span<const Record> records) {
  SUBMETER_CHECK(!records.empty());
  std::size_t text_size = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    SUBMETER_CHECK(i == 0 || records[i].seq == records[i - 1].seq.next());
    text_size += records[i].json.size() + records[i].circuit.size();
  }
  if (records.size() > kMostPackedRecords || text_size > kMostPackedText) {
    return Error{"more records than one packed block may hold"};
  }
  Result<std::vector<std::uint8_t>> packed = Packer(records).pack(text_size);
  if (!packed) return packed;
  const Result<std::vector<Record>> read = decode_packed_block(*packed);
  if (!read) return Error{"what was packed does not read back: " + read.error().message};
  if (!std::equal(read->begin(), read->end(), records.begin(), records.end())) {
    return Error{"what was packed reads back differently"};
  }
  return packed;
}

}  // namespace submeter::store
