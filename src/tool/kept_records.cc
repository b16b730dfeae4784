// SPDX-License-Identifier: Apache-2.0
#include "tool/kept_records.h"

#include <utility>

namespace submeter::tool {
namespace {

struct Head {
  std::uint64_t records = 0;
  std::uint64_t next = 0;
  bool done = false;
  std::vector<KeptRecords::Missing> missing;
};

std::optional<std::uint64_t> unsigned_in(const Json& json) {
  return json.is_number_unsigned() ? std::optional(json.get<std::uint64_t>()) : std::nullopt;
}

Result<Head> parse_head(const std::string& line) {
  const Error strange{"the daemon's answer is not understood; do both have the same version?"};
  const auto answer = parse_answer(line);
  if (!answer) return answer.error();
  if (answer->contains("error")) return Error{"the daemon says: " + answer->value("error", "")};
  const auto records = unsigned_in(answer->value("records", Json()));
  const auto next = unsigned_in(answer->value("next", Json()));
  const Json done = answer->value("done", Json());
  if (!records || !next || !done.is_boolean()) return strange;
  Head head{.records = *records, .next = *next, .done = done.get<bool>(), .missing = {}};
  for (const Json& range : answer->value("missing", Json::array())) {
    const bool pair = range.is_array() && range.size() == 2;
    const auto first = pair ? unsigned_in(range[0]) : std::nullopt;
    const auto last = pair ? unsigned_in(range[1]) : std::nullopt;
    if (!first || !last) return strange;
    head.missing.push_back({*first, *last});
  }
  return head;
}

}  // namespace

Json KeptRecords::request(std::uint64_t after) const {
  Json request{{"command", "export"},
               {"from", span_.from.time_since_epoch().count()},
               {"to", span_.to.time_since_epoch().count()},
               {"after", after}};
  if (!span_.circuits.empty()) request["circuits"] = span_.circuits;
  return request;
}

Result<void> KeptRecords::visit(const Visitor& visitor, std::uint64_t last) const {
  auto client = DaemonClient::connect(socket_);
  if (!client) return client.error();
  for (std::uint64_t after = 0; after < last;) {
    if (auto sent = client->send(request(after)); !sent) return sent;
    const auto line = client->receive(kAnswerLimit);
    if (!line) return line.error();
    const auto head = parse_head(*line);
    if (!head) return head.error();
    for (const Missing& missing : head->missing) {
      if (missing.first <= last) visitor.on_missing(missing);
    }
    for (std::uint64_t i = 0; i < head->records; ++i) {
      const auto record = client->receive(kAnswerLimit);
      if (!record) return record.error();
      if (auto taken = visitor.on_record(*record); !taken) return taken;
    }
    visitor.on_progress(head->next);
    if (head->done) return {};
    after = head->next;
  }
  return {};
}

}  // namespace submeter::tool
