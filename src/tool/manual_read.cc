// SPDX-License-Identifier: Apache-2.0
#include "tool/manual_read.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <utility>

namespace submeter::tool {
namespace {

const std::map<std::string, meters::Type>& formats() {
  using meters::Type;
  static const std::map<std::string, Type> kFormats{
      {"", Type::kUint16},       {"hex", Type::kUint16},      {"uint16", Type::kUint16},
      {"int16", Type::kInt16},   {"int", Type::kInt32},       {"int32", Type::kInt32},
      {"uint32", Type::kUint32}, {"int64", Type::kInt64},     {"uint64", Type::kUint64},
      {"float", Type::kFloat32}, {"float32", Type::kFloat32}, {"float64", Type::kFloat64}};
  return kFormats;
}

const std::map<std::string, meters::WordOrder>& orders() {
  using meters::WordOrder;
  static const std::map<std::string, WordOrder> kOrders{{"ABCD", WordOrder::kABCD},
                                                        {"CDAB", WordOrder::kCDAB},
                                                        {"BADC", WordOrder::kBADC},
                                                        {"DCBA", WordOrder::kDCBA}};
  return kOrders;
}

std::optional<Parity> parity_of(const std::string& word) {
  if (word == "none") return Parity::kNone;
  if (word == "even") return Parity::kEven;
  if (word == "odd") return Parity::kOdd;
  return std::nullopt;
}

}  // namespace

Result<BusOptions> ManualRead::bus() const {
  BusOptions options;
  options.response_timeout = milliseconds(static_cast<std::int64_t>(timeout_s * 1000));
  if (options.response_timeout < milliseconds(10)) return Error{"-o takes a time-out in seconds, from 0.01"};
  if (mode == "tcp") {
    options.line = TcpEndpoint{.host = target, .port = port};
    return options;
  }
  const auto line_parity = parity_of(parity);
  if (!line_parity) return Error{fmt::format("-P {}: expected none, even or odd", parity)};
  SerialLine line{.device = {}, .baud = baud, .parity = *line_parity, .stop_bits = stop_bits};
  if (mode == "rtu_over_tcp") {
    options.line = DeviceServer{.host = target, .port = port, .line = line};
  } else {
    line.device = target;
    options.line = line;
  }
  return options;
}

Result<std::vector<ReadItem>> ManualRead::items() const {
  const auto colon = type.find(':');
  const std::string table = type.substr(0, colon);
  const std::string format = colon == std::string::npos ? "" : type.substr(colon + 1);
  if (table != "3" && table != "4") {
    return Error{fmt::format(
        "-t {}: expected 3 (input registers) or 4 (holding registers), then perhaps :float", type)};
  }
  const auto kind = formats().find(format);
  if (kind == formats().end()) {
    return Error{fmt::format(
        "-t {}: expected :hex, :int16, :uint16, :int32, :uint32, :int64, :uint64, :float or :float64", type)};
  }
  const auto word_order = orders().find(order);
  if (word_order == orders().end())
    return Error{fmt::format("--order {}: expected ABCD, CDAB, BADC or DCBA", order)};
  const int width = meters::width(kind->second);
  const int first = zero_based ? reference : reference - 1;
  if (first < 0 || count < 1 || count > 125 || first + count * width > 65536) {
    return Error{fmt::format("-r {} -c {}: registers are numbered from {} to {}, at most 125 values",
                             reference, count, zero_based ? 0 : 1, zero_based ? 65535 : 65536)};
  }
  std::vector<ReadItem> items;
  for (int i = 0; i < count; ++i) {
    meters::BoundPoint bound;
    bound.point.name = fmt::format("[{}]", reference + i * width);
    bound.point.table = table == "3" ? meters::Table::kInput : meters::Table::kHolding;
    bound.point.address = {static_cast<std::uint16_t>(first + i * width)};
    bound.point.type = kind->second;
    bound.point.order = word_order->second;
    items.push_back({.point = std::move(bound), .unit = ""});
  }
  return items;
}

}  // namespace submeter::tool
