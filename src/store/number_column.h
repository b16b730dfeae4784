// SPDX-License-Identifier: Apache-2.0
// A column of whole numbers in few bits: each row is predicted from those before it, and what it differs by
// is written in Rice's code. Rows of one series (a circuit's readings) stand together; the first of a series
// is predicted from the first of the series before. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "store/bit_stream.h"
#include "store/rice_code.h"

namespace submeter::store {

/// Follows a level and its step, as an alpha-beta filter does. Both sides make the same mistakes, so any
/// arithmetic will do that is the same everywhere: it wraps.
class Predictor {
 public:
  /// In 256ths of the error: 256, 0 repeats the last value, 256, 256 goes on as the last two did; less rides
  /// out noise.
  struct Gains {
    std::uint16_t level;
    std::uint16_t step;
  };
  explicit Predictor(Gains gains) : gains_(gains) {}

  std::int64_t predict(bool starts_series) const;
  void learn(std::int64_t value, bool starts_series);

 private:
  Gains gains_;
  std::int64_t first_ = 0;
  std::int64_t level_ = 0;  ///< In 256ths, as the step.
  std::int64_t step_ = 0;
  bool step_known_ = false;
};

/// How a column was written; one byte.
struct NumberForm {
  std::uint8_t predictor = 0;
  bool sparse = false;  ///< Most rows are as predicted: their runs are counted.

  std::uint8_t to_byte() const { return static_cast<std::uint8_t>(predictor | (sparse ? kSparse : 0)); }
  static std::optional<NumberForm> from_byte(std::uint8_t byte);

 private:
  static constexpr std::uint8_t kSparse = 0x80;
};

struct FormChoice {
  NumberForm form;
  std::uint64_t bits = 0;  ///< About what the column takes in it.
};

/// The form that suits a column best.
FormChoice choose_form(std::span<const std::int64_t> values, const std::vector<bool>& starts);

class NumberWriter {
 public:
  NumberWriter(NumberForm form, BitWriter& out);
  void put(std::int64_t value, bool starts_series);
  /// After the last row.
  void finish();

 private:
  NumberForm form_;
  Predictor predictor_;
  BitWriter& out_;
  RiceCode firsts_, others_, runs_;
  std::uint64_t run_ = 0;
};

/// Takes as many rows as were put, with the same starts of series.
class NumberReader {
 public:
  NumberReader(NumberForm form, BitReader& in);
  std::int64_t next(bool starts_series);

 private:
  std::uint64_t next_error(bool starts_series);

  NumberForm form_;
  Predictor predictor_;
  BitReader& in_;
  RiceCode firsts_, others_, runs_;
  std::optional<std::uint64_t> run_;
};

}  // namespace submeter::store
