// SPDX-License-Identifier: Apache-2.0
#include "config/service_sections.h"

#include "config/paths.h"

namespace submeter::config {

using namespace std::chrono_literals;

const Section<GatewayOptions>& gateway_section() {
  static const Section<GatewayOptions> section(
      "gateway", "gateway",
      {required("site", &GatewayOptions::site, as_id), required("id", &GatewayOptions::id, as_id)});
  return section;
}

const Section<ClockOptions>& clock_section() {
  static const Choice<ClockSource> source{{{"auto", ClockSource::kAuto},
                                           {"chrony", ClockSource::kChrony},
                                           {"kernel", ClockSource::kKernel},
                                           {"none", ClockSource::kNone}}};
  static const Choice<BeforeSync> before_sync{{{"hold", BeforeSync::kHold}, {"mark", BeforeSync::kMark}}};
  static const Section<ClockOptions> section(
      "clock", "clock",
      {optional("source", &ClockOptions::source, source),
       optional("max_error", &ClockOptions::max_error, DurationIn{1ms, 1h}),
       optional("before_sync", &ClockOptions::before_sync, before_sync),
       optional("chrony_port", &ClockOptions::chrony_port, Integer<std::uint16_t>{1, 65535})});
  return section;
}

namespace {

/// Whole seconds are enough for a span of days.
Result<std::chrono::seconds> as_retention(const YamlNode& node) {
  const auto duration = DurationIn{0ms, 87600h}(node);
  if (!duration) return duration.error();
  return std::chrono::duration_cast<std::chrono::seconds>(*duration);
}

}  // namespace

const Section<StoreOptions>& store_section() {
  static const Choice<WhenFull> when_full{
      {{"drop_oldest", WhenFull::kDropOldest}, {"stop", WhenFull::kStop}}};
  static const Section<StoreOptions> section(
      "store", "store",
      {optional_path("dir", &StoreOptions::dir),
       optional("commit_interval", &StoreOptions::commit_interval, DurationIn{10ms, 10s}),
       optional("max_size", &StoreOptions::max_size, SizeFrom{1ULL << 20}),
       optional("min_free", &StoreOptions::min_free, as_size),
       optional("when_full", &StoreOptions::when_full, when_full),
       optional("keep_delivered", &StoreOptions::keep_delivered, as_retention)});
  return section;
}

const Section<DataLogOptions>& data_log_section() {
  static const Section<DataLogOptions> section(
      "data_log", "data_log",
      {optional_path("path", &DataLogOptions::path),
       optional("max_size", &DataLogOptions::max_size, SizeFrom{64ULL << 10}),
       optional("files", &DataLogOptions::files, Integer<std::size_t>{1, 100})});
  return section;
}

void read_data_log(const Value& value, DataLogOptions& options) {
  options.enabled = value.node->text != "off";
  if (options.enabled) data_log_section().read(value, options);
}

const Section<Options>& log_section() {
  static const Choice<LogLevel> level{{{"debug", LogLevel::kDebug},
                                       {"info", LogLevel::kInfo},
                                       {"warning", LogLevel::kWarning},
                                       {"error", LogLevel::kError}}};
  static const Section<Options> section("log", "log", {optional("level", &Options::log_level, level)});
  return section;
}

}  // namespace submeter::config
