// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "submeter/options.h"
#include "submeter/record_queue.h"

namespace submeter::publish {

/// What stands on a gateway's status topic.
inline constexpr std::string_view kOnline = "online";
inline constexpr std::string_view kOffline = "offline";

/// The topics of one gateway (SPEC section 7).
class Topics {
 public:
  Topics(const GatewayOptions& gateway, std::string_view root)
      : base_(fmt::format("{}/{}/{}", root, gateway.site, gateway.id)) {}

  std::string status() const { return base_ + "/status"; }
  std::string info() const { return base_ + "/info"; }
  std::string health() const { return base_ + "/health"; }
  /// Of the record plane. Events share one topic, whichever circuit they name.
  std::string record(const Record& record) const {
    if (record.kind == RecordKind::kEvent) return base_ + "/event";
    return fmt::format("{}/c/{}/{}", base_, record.circuit, to_string(record.kind));
  }
  /// Of the record plane where it goes out in batches.
  std::string batch() const { return base_ + "/batch"; }
  /// Of the live plane.
  std::string last(std::string_view circuit) const { return fmt::format("{}/c/{}/last", base_, circuit); }

 private:
  std::string base_;
};

}  // namespace submeter::publish
