// SPDX-License-Identifier: Apache-2.0
#include "tool/register_words.h"

#include <algorithm>

namespace submeter::tool {
namespace {

using meters::PfEncoding;
using meters::Type;
using meters::WordOrder;

constexpr TypeWord kTypes[] = {
    {Type::kInt16, "int16"},       {Type::kUint16, "uint16"},     {Type::kInt32, "int32"},
    {Type::kUint32, "uint32"},     {Type::kInt64, "int64"},       {Type::kUint64, "uint64"},
    {Type::kFloat32, "float32"},   {Type::kFloat64, "float64"},   {Type::kBcd16, "bcd16"},
    {Type::kBcd32, "bcd32"},       {Type::kMod10k32, "mod10k32"}, {Type::kMod10k48, "mod10k48"},
    {Type::kMod10k64, "mod10k64"}, {Type::kBits, "bits"},         {Type::kString, "string"}};

}  // namespace

std::span<const TypeWord> type_words() {
  return kTypes;
}

std::string_view type_word(Type type) {
  return std::ranges::find(kTypes, type, &TypeWord::type)->word;
}

std::string_view order_word(WordOrder order) {
  switch (order) {
    case WordOrder::kABCD:
      return "ABCD";
    case WordOrder::kCDAB:
      return "CDAB";
    case WordOrder::kBADC:
      return "BADC";
    case WordOrder::kDCBA:
      break;
  }
  return "DCBA";
}

std::string_view encoding_word(PfEncoding encoding) {
  switch (encoding) {
    case PfEncoding::kIec:
      return "iec";
    case PfEncoding::kIeee:
      return "ieee";
    case PfEncoding::kUnsigned:
      return "unsigned";
    case PfEncoding::kSchneider4q:
      return "schneider_4q";
    case PfEncoding::kPercent:
      break;
  }
  return "percent";
}

std::string_view function_word(meters::Table table) {
  return table == meters::Table::kInput ? "input" : "holding";
}

std::string_view parity_word(Parity parity) {
  switch (parity) {
    case Parity::kEven:
      return "even";
    case Parity::kOdd:
      return "odd";
    case Parity::kNone:
      break;
  }
  return "none";
}

std::string counted(std::size_t count, std::string_view what) {
  return std::to_string(count).append(" ").append(what).append(count == 1 ? "" : "s");
}

std::string plain(const Decimal& number) {
  std::string text = number.to_string();
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string joined(const std::vector<std::string>& texts, std::string_view separator) {
  std::string text;
  for (const std::string& part : texts) text.append(text.empty() ? "" : separator).append(part);
  return text;
}

}  // namespace submeter::tool
