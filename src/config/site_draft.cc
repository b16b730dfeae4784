// SPDX-License-Identifier: Apache-2.0
#include "config/site_draft.h"

#include <fmt/core.h>

#include "config/mqtt_section.h"
#include "config/service_sections.h"

namespace submeter::config {

namespace {

using Reader = void (*)(const Value&, SiteDraft&);

/// A section that only one file may hold.
Field<SiteDraft> once(Presence presence, std::string_view key, Reader read) {
  return {{key, presence, {}}, [key, read](const Value& value, SiteDraft& site) {
            const auto [first, is_new] = site.sections.try_emplace(key, value.key_place());
            if (is_new) return read(value, site);
            value.key_place().error(
                fmt::format("duplicate key '{}'; it already stands in {}", key, first->second.to_string()));
          }};
}

/// A section that each file adds to.
Field<SiteDraft> additive(std::string_view key, Reader read) {
  return {{key, Presence::kRequired, {}}, [key, read](const Value& value, SiteDraft& site) {
            site.sections.try_emplace(key, value.key_place());
            read(value, site);
          }};
}

}  // namespace

const Section<SiteDraft>& root_section() {
  constexpr Presence kOptional = Presence::kOptional;
  static const Section<SiteDraft> section(
      "config", "the configuration",
      {once(Presence::kRequired, "gateway",
            [](const Value& value, SiteDraft& site) { gateway_section().read(value, site.options.gateway); }),
       once(kOptional, "clock",
            [](const Value& value, SiteDraft& site) { clock_section().read(value, site.options.clock); }),
       additive("buses", [](const Value& value, SiteDraft& site) { read_buses(value, site.buses); }),
       additive("meters", [](const Value& value, SiteDraft& site) { read_meters(value, site.meters); }),
       once(kOptional, "mqtt",
            [](const Value& value, SiteDraft& site) { site.options.mqtt = read_mqtt(value); }),
       once(kOptional, "store",
            [](const Value& value, SiteDraft& site) { store_section().read(value, site.options.store); }),
       once(kOptional, "data_log",
            [](const Value& value, SiteDraft& site) { read_data_log(value, site.options.data_log); }),
       once(kOptional, "log",
            [](const Value& value, SiteDraft& site) { log_section().read(value, site.options); }),
       unsupported<SiteDraft>("profile"), unsupported<SiteDraft>("virtual"),
       unsupported<SiteDraft>("metrics")});
  return section;
}

}  // namespace submeter::config
