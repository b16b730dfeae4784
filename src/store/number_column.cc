// SPDX-License-Identifier: Apache-2.0
#include "store/number_column.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdlib>

namespace submeter::store {
namespace {

constexpr unsigned kFraction = 8;

/// Repeats; goes on; rides out noise, little and much; a steady step with jitter.
constexpr std::array<Predictor::Gains, 6> kPredictors{
    {{256, 0}, {256, 256}, {128, 0}, {48, 0}, {128, 16}, {48, 4}}};

std::uint64_t bits_of(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}

std::int64_t wrapped(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

std::int64_t scaled(std::int64_t error, unsigned gain) {
  return wrapped(bits_of(error) * gain) >> kFraction;
}

/// 0, −1, 1, −2 … as 0, 1, 2, 3 …
std::uint64_t fold(std::uint64_t difference) {
  return (difference << 1) ^ bits_of(wrapped(difference) >> 63);
}

std::uint64_t unfold(std::uint64_t folded) {
  return (folded >> 1) ^ (0 - (folded & 1));
}

}  // namespace

std::int64_t Predictor::predict(bool starts_series) const {
  if (starts_series) return first_;
  const std::uint64_t half = 1U << (kFraction - 1);
  return wrapped(bits_of(level_) + bits_of(step_) + half) >> kFraction;
}

void Predictor::learn(std::int64_t value, bool starts_series) {
  const std::int64_t exact = wrapped(bits_of(value) << kFraction);
  if (starts_series) {
    first_ = value;
    level_ = exact;
  } else if (gains_.step > 0 && !step_known_) {
    step_ = wrapped(bits_of(exact) - bits_of(level_));
    level_ = exact;
    step_known_ = true;
  } else {
    const std::int64_t expected = wrapped(bits_of(level_) + bits_of(step_));
    const std::int64_t error = wrapped(bits_of(exact) - bits_of(expected));
    level_ = wrapped(bits_of(expected) + bits_of(scaled(error, gains_.level)));
    step_ = wrapped(bits_of(step_) + bits_of(scaled(error, gains_.step)));
  }
}

std::optional<NumberForm> NumberForm::from_byte(std::uint8_t byte) {
  NumberForm form;
  form.sparse = (byte & kSparse) != 0;
  form.predictor = byte & static_cast<std::uint8_t>(~kSparse);
  if (form.predictor >= kPredictors.size()) return std::nullopt;
  return form;
}

FormChoice choose_form(std::span<const std::int64_t> values, const std::vector<bool>& starts) {
  FormChoice best{.form = {}, .bits = UINT64_MAX};
  for (std::size_t candidate = 0; candidate < kPredictors.size(); ++candidate) {
    Predictor predictor(kPredictors[candidate]);
    std::uint64_t bits = 0;
    std::size_t hits = 0;
    for (std::size_t row = 0; row < values.size(); ++row) {
      const std::uint64_t error = fold(bits_of(values[row]) - bits_of(predictor.predict(starts[row])));
      bits += static_cast<std::uint64_t>(std::bit_width(error));
      hits += error == 0 ? 1 : 0;
      predictor.learn(values[row], starts[row]);
    }
    if (bits >= best.bits) continue;
    best.bits = bits;
    best.form.predictor = static_cast<std::uint8_t>(candidate);
    best.form.sparse = hits * 4 >= values.size() * 3;
  }
  return best;
}

NumberWriter::NumberWriter(NumberForm form, BitWriter& out)
    : form_(form), predictor_(kPredictors[form.predictor]), out_(out) {}

void NumberWriter::put(std::int64_t value, bool starts_series) {
  const std::uint64_t error = fold(bits_of(value) - bits_of(predictor_.predict(starts_series)));
  predictor_.learn(value, starts_series);
  if (form_.sparse && error == 0) {
    ++run_;
    return;
  }
  if (form_.sparse) runs_.put(out_, run_);
  run_ = 0;
  (starts_series ? firsts_ : others_).put(out_, form_.sparse ? error - 1 : error);
}

void NumberWriter::finish() {
  if (run_ > 0) runs_.put(out_, run_);
}

NumberReader::NumberReader(NumberForm form, BitReader& in)
    : form_(form), predictor_(kPredictors[form.predictor]), in_(in) {}

std::int64_t NumberReader::next(bool starts_series) {
  const std::int64_t value =
      wrapped(bits_of(predictor_.predict(starts_series)) + unfold(next_error(starts_series)));
  predictor_.learn(value, starts_series);
  return value;
}

std::uint64_t NumberReader::next_error(bool starts_series) {
  RiceCode& code = starts_series ? firsts_ : others_;
  if (!form_.sparse) return code.take(in_);
  if (!run_) run_ = runs_.take(in_);
  if (*run_ > 0) {
    --*run_;
    return 0;
  }
  run_.reset();
  return code.take(in_) + 1;
}

}  // namespace submeter::store
