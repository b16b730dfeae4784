// SPDX-License-Identifier: Apache-2.0
#include "publish/packing.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "submeter/check.h"

namespace submeter::publish {
namespace {

// Of a PUBLISH beside topic and payload, at most: fixed header 5, topic's length 2, packet identifier 2,
// length of the properties 1 (MQTT 5, 3.3).
constexpr std::size_t kPacketHeader = 10;

}  // namespace

std::string Message::describe() const {
  const std::string what =
      records == 1 ? fmt::format("record {}", first.value)
                   : fmt::format("the batch of records {} to {}", first.value, range.through.value);
  return fmt::format("{} (topic {}, {} bytes)", what, topic, bytes);
}

std::size_t Packing::packet_bytes(std::string_view topic, std::size_t payload) {
  return kPacketHeader + topic.size() + payload;
}

bool Packing::fits(const Message& message) const {
  return packet_bytes(message.topic, message.bytes) <= packet_limit_;
}

bool Packing::halve() {
  if (options_.records <= 1) return false;
  options_.records /= 2;
  return true;
}

std::size_t Packing::most_bytes() const {
  const std::size_t around = packet_bytes(topics_.batch(), 0);
  return std::min(kMostBytes, packet_limit_ - std::min(packet_limit_, around));
}

std::size_t Packing::count(const std::deque<Record>& records, std::size_t limit) const {
  limit = std::min({limit, records.size(), most_records()});
  if (limit <= 1) return limit;
  const std::size_t most = most_bytes();
  std::size_t bytes = 1;  // brackets and commas: one a record, and one
  std::size_t count = 0;
  for (; count < limit; ++count) {
    bytes += records[count].json.size() + 1;
    if (bytes > most) break;
  }
  return std::max<std::size_t>(count, 1);
}

Message Packing::take(std::deque<Record>& records, std::size_t count, Sequence after) const {
  SUBMETER_CHECK(count > 0 && count <= records.size());
  Message message{{after, records[count - 1].seq}, records.front().seq, count, {}, {}, 0};
  if (!batched()) {
    message.topic = topics_.record(records.front());
    message.payload = std::move(records.front().json);
    message.bytes = message.payload.size();
    records.pop_front();
    return message;
  }
  message.topic = topics_.batch();
  for (std::size_t i = 0; i < count; ++i, records.pop_front()) {
    message.payload += i == 0 ? '[' : ',';
    message.payload += records.front().json;
  }
  message.payload += ']';
  message.bytes = message.payload.size();
  return message;
}

}  // namespace submeter::publish
