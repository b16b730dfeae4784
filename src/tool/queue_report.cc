// SPDX-License-Identifier: Apache-2.0
#include "tool/queue_report.h"

#include <fmt/format.h>

#include <cstdint>

#include "tool/terminal.h"

namespace submeter::tool {
namespace {

constexpr double kTooLongMs = 5.0 * 60 * 1000;
/// Of a queue that is younger it says nothing that it does not get shorter: records are always on their way.
constexpr double kBacklogMs = 60.0 * 1000;

std::uint64_t number(const Json& queue, const char* key) {
  return queue.value(key, std::uint64_t{0});
}

std::string kept_line(const Json& queue) {
  std::string line = fmt::format("stream   {}, {:.1f} MiB on disk, ", queue.value("stream", ""),
                                 queue.value("bytes_on_disk", 0.0) / (1 << 20));
  const std::uint64_t oldest = number(queue, "oldest_kept_seq");
  if (oldest == 0) return line + "no records yet\n";
  return line + fmt::format("records {} to {} are kept\n", oldest, number(queue, "newest_kept_seq"));
}

std::string waiting_line(const Json& queue) {
  const std::uint64_t waiting = number(queue, "undelivered");
  if (waiting == 0) return "waiting  nothing\n";
  const std::string line = fmt::format(
      "waiting  {} records, {} to {}, the oldest for {}", waiting, number(queue, "acknowledged_seq") + 1,
      number(queue, "newest_kept_seq"), readable_age(queue.value("oldest_age_ms", 0.0)));
  return (waits_too_long(queue) ? coloured(line, Colour::kRed) : line) + "\n";
}

std::string rate_line(const Json& queue) {
  if (!queue.contains("rates_over_ms")) return "rate     not known yet\n";
  std::string line = fmt::format("rate     {:.2f} delivered a second, {:.2f} recorded, over the last {}",
                                 queue.value("delivered_per_s", 0.0), queue.value("recorded_per_s", 0.0),
                                 readable_age(queue.value("rates_over_ms", 0.0)));
  if (queue.contains("drain_ms")) {
    line += fmt::format("; like that nothing waits in {}", readable_age(queue.value("drain_ms", 0.0)));
  } else if (queue.value("oldest_age_ms", 0.0) > kBacklogMs) {
    line += "; like that it does not get shorter";
  }
  return line + "\n";
}

std::string losses_line(const Json& queue) {
  std::string line;
  for (const auto& [key, what] :
       {std::pair{"dropped", "records were lost before they were delivered"},
        std::pair{"refused", "records were not taken, the disk could not follow"},
        std::pair{"held_dropped", "readings were lost that waited for the clock"}}) {
    if (number(queue, key) > 0) {
      line +=
          coloured(fmt::format("LOST     {} {}, since the start\n", number(queue, key), what), Colour::kRed);
    }
  }
  return line;
}

}  // namespace

std::string readable_queue(const Json& queue) {
  std::string text = kept_line(queue) + waiting_line(queue) + rate_line(queue);
  if (const auto held = number(queue, "held_for_clock"); held > 0) {
    text += fmt::format("held     {} readings wait for a trusted clock\n", held);
  }
  if (!queue.contains("broker_connected")) {
    text += "broker   none configured\n";
  } else {
    text += queue.value("broker_connected", false) ? "broker   connected\n"
                                                   : "broker   NOT connected; see: submeter status\n";
  }
  return text + losses_line(queue);
}

bool waits_too_long(const Json& queue) {
  return queue.value("oldest_age_ms", 0.0) > kTooLongMs;
}

}  // namespace submeter::tool
