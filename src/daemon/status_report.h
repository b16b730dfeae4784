// SPDX-License-Identifier: Apache-2.0
// What `submeter status`, the `health` topic and the service's status line say, as JSON made from the parts'
// own figures.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "clock/system_clock.h"
#include "core/epoll_loop.h"
#include "daemon/bus.h"
#include "daemon/queue_rates.h"
#include "publish/certificate_watch.h"
#include "publish/publisher.h"
#include "submeter/options.h"
#include "submeter/record_queue.h"

namespace submeter::daemon {

using Json = nlohmann::ordered_json;

/// The text of `json`; what a certificate or a file brought in that is not UTF-8 becomes U+FFFD.
std::string to_text(const Json& json);

/// Ages and distances in milliseconds, + is ahead of the source's time.
Json clock_report(const clock::SystemClock& clock, MonoTime now);
Json bus_report(const Bus& bus);
/// One object a meter of `bus`; ages in milliseconds before `now`.
Json meter_reports(const Bus& bus, MonoTime now);
Json store_report(const RecordQueue& queue, const Clock& clock, MonoTime now);
/// With the time until nothing of `undelivered` waits, if it goes on like that and gets there at all.
Json rates_report(const QueueRates::Rates& rates, std::uint64_t undelivered);
/// How long the loop was away from its wait, turn by turn; how late readings began.
Json loop_report(const core::DurationHistogram& turns);
Json punctuality_report(const core::DurationHistogram& lateness);
/// Of all meters and buses; cheap, however many there are.
Json totals_report(const std::map<std::string, std::unique_ptr<Bus>>& buses);
Json broker_report(const publish::PublisherStatus& status, const publish::CertificateStatus& certificates,
                   MonoTime now);

/// The retained `info` message: who this gateway is and which circuits it has, with units and labels.
std::string info_json(const Options& options, const std::string& config_digest, const std::string& boot_id,
                      UtcTime started);

}  // namespace submeter::daemon
