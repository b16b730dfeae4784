// SPDX-License-Identifier: Apache-2.0
#include "tool/mbpoll_line.h"

#include <fmt/format.h>

#include <variant>

#include "tool/register_words.h"

namespace submeter::tool {
namespace {

using meters::Type;
using meters::WordOrder;

// "float -c 1 -B": the display type of mbpoll, how many of them, and the order of their words.
std::string type_words(const meters::MapPoint& point) {
  const bool words_only_swapped = point.order == WordOrder::kABCD || point.order == WordOrder::kCDAB;
  const char* order = point.order == WordOrder::kABCD ? " -B" : "";
  if (point.type == Type::kFloat32 && words_only_swapped) return fmt::format(":float -c 1{}", order);
  const bool is_int32 = point.type == Type::kInt32 || point.type == Type::kUint32;
  if (is_int32 && words_only_swapped) {
    return fmt::format(":int -c 1{}", order);
  }
  return fmt::format(":hex -c {}", point.width());
}

}  // namespace

std::string mbpoll_line(const BusOptions& bus, UnitId unit, const meters::MapPoint& point) {
  const int table = point.table == meters::Table::kInput ? 3 : 4;
  const std::string what =
      fmt::format("-a {} -t {}{} -r {} -1", unit.value, table, type_words(point), point.address.value + 1);
  if (const auto* line = std::get_if<SerialLine>(&bus.line)) {
    return fmt::format("mbpoll -m rtu -b {} -P {} -s {} {} {}", line->baud, parity_word(line->parity),
                       line->stop_bits, what, line->device);
  }
  const auto* endpoint = std::get_if<TcpEndpoint>(&bus.line);
  if (endpoint == nullptr || endpoint->tls) return {};
  return fmt::format("mbpoll -m tcp -p {} {} {}", endpoint->port, what, endpoint->host);
}

}  // namespace submeter::tool
