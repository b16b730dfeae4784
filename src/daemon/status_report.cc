// SPDX-License-Identifier: Apache-2.0
#include "daemon/status_report.h"

#include <chrono>
#include <cmath>

#include "daemon/version.h"
#include "meters/points.h"

namespace submeter::daemon {
namespace {

// Milliseconds with three decimals: what a person compares.
double milliseconds_of(Duration duration) {
  return std::round(std::chrono::duration<double, std::milli>(duration).count() * 1000.0) / 1000.0;
}

const char* state_name(poll::MeterState state) {
  switch (state) {
    case poll::MeterState::kAlive:
      return "alive";
    case poll::MeterState::kSilent:
      return "silent";
    case poll::MeterState::kUnknown:
      break;
  }
  return "unknown";
}

/// Those that happened, by name.
Json faults_report(const modbus::FaultCounts& faults) {
  Json report = Json::object();
  for (std::size_t i = 0; i < modbus::kLineFaults; ++i) {
    const auto fault = static_cast<modbus::LineFault>(i);
    if (faults[fault] > 0) report[std::string(modbus::fault_name(fault))] = faults[fault];
  }
  return report;
}

Json meter_report(const Bus& bus, const poll::MeterHealth& meter, MonoTime now) {
  const auto& faults_of = bus.master().counters().faults_of;
  const auto faults = faults_of.find(meter.unit);
  Json report{
      {"id", meter.id}, {"bus", bus.id()}, {"unit", meter.unit.value}, {"state", state_name(meter.state)}};
  if (meter.last_good) report["last_good_age_ms"] = std::llround(milliseconds_of(now - *meter.last_good));
  report["requests"] = meter.requests;
  report["answers"] = meter.answers;
  report["timeouts"] = meter.timeouts;
  report["bad_answers"] = meter.bad_answers;
  report["exceptions"] = meter.exceptions;
  if (faults != faults_of.end()) report["faults"] = faults_report(faults->second);
  if (meter.answers > 0) {
    report["response_p50_ms"] = milliseconds_of(meter.response_p50);
    report["response_p95_ms"] = milliseconds_of(meter.response_p95);
    report["response_max_ms"] = milliseconds_of(meter.response_max);
  }
  if (!meter.ct_programmed.empty()) report["ct_programmed"] = meter.ct_programmed;
  if (!meter.ct_suspicions.empty()) report["ct_suspect"] = meter.ct_suspicions;
  if (!meter.last_error.empty()) report["last_error"] = meter.last_error;
  return report;
}

Json chrony_report(const clock::ChronyClient::Counters& counters) {
  Json ignored = Json::object();
  for (std::size_t i = 0; i < counters.ignored.size(); ++i) {
    if (counters.ignored[i] > 0) ignored[to_string(static_cast<clock::NotTracking>(i))] = counters.ignored[i];
  }
  return {{"requests", counters.requests},
          {"answers", counters.answers},
          {"timeouts", counters.timeouts},
          {"unreachable", counters.unreachable},
          {"ignored", std::move(ignored)}};
}

Json circuit_info(const MeterOptions& meter, const CircuitOptions& circuit) {
  Json points = Json::array();
  for (const PointOptions& point : circuit.points) {
    const auto quantity = meters::quantity_of(point.name);
    Json entry{{"name", point.name}, {"interval_ms", point.interval.count()}};
    const auto unit = quantity ? meters::published_unit(*quantity) : std::string_view();
    if (!unit.empty()) entry["unit"] = unit;
    points.push_back(std::move(entry));
  }
  Json info{{"circuit", circuit.id}, {"meter", meter.id}, {"map", meter.map}, {"points", std::move(points)}};
  if (!circuit.labels.empty()) info["labels"] = circuit.labels;
  return info;
}

}  // namespace

std::string to_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json clock_report(const clock::SystemClock& clock, MonoTime now) {
  const Stamp stamp = clock.stamp(now);
  const clock::SyncView& view = clock.view();
  Json report{{"state", to_string(stamp.state)}, {"source", view.source}};
  if (view.stratum) report["stratum"] = *view.stratum;
  if (view.vouches && view.offset) report["offset_ms"] = milliseconds_of(*view.offset);
  if (stamp.error_bound) report["err_ms"] = stamp.error_bound->count();
  if (const auto synced = clock.last_synced()) {
    report["last_sync_age_ms"] = std::llround(milliseconds_of(now - *synced));
  }
  if (const auto& step = clock.last_step()) {
    report["last_step"] = {{"from_ts", step->expected.time_since_epoch().count()},
                           {"to_ts", step->actual.time_since_epoch().count()}};
  }
  report["detail"] = clock.describe();
  if (clock.chrony() != nullptr) report["chrony"] = chrony_report(clock.chrony()->counters());
  return report;
}

Json bus_report(const Bus& bus) {
  const poll::BusHealth health = bus.poller().health();
  const modbus::BusCounters& counters = bus.master().counters();
  Json report{{"id", bus.id()},
              {"line", bus.line()},
              {"up", bus.master().line_up()},
              {"load_pct", std::round(health.load * 1000.0) / 10.0},
              {"meters", health.meters.size()},
              {"requests", counters.requests},
              {"answers", counters.answers},
              {"timeouts", counters.timeouts},
              {"bad_answers", counters.bad_answers},
              {"exceptions", counters.exceptions},
              {"faults", faults_report(counters.faults)},
              {"cycles_skipped", health.cycles_skipped},
              {"connects", counters.connects}};
  if (!health.line_error.empty()) report["error"] = health.line_error;
  return report;
}

Json meter_reports(const Bus& bus, MonoTime now) {
  Json reports = Json::array();
  for (const poll::MeterHealth& meter : bus.poller().health().meters) {
    reports.push_back(meter_report(bus, meter, now));
  }
  return reports;
}

Json store_report(const RecordQueue& queue, const Clock& clock, MonoTime now) {
  const QueueStatus status = queue.status();
  Json report{{"stream", queue.stream()},
              {"next_seq", queue.next_sequence().value},
              {"acknowledged_seq", queue.acknowledged().value},
              {"undelivered", status.undelivered},
              {"uncommitted", status.uncommitted},
              {"dropped", status.dropped},
              {"refused", status.refused},
              {"bytes_on_disk", status.bytes_on_disk}};
  if (status.undelivered > 0) {
    report["oldest_age_ms"] = (clock.stamp(now).time - status.oldest_undelivered).count();
  }
  return report;
}

Json rates_report(const QueueRates::Rates& rates, std::uint64_t undelivered) {
  const auto rounded = [](double rate) { return std::round(rate * 100.0) / 100.0; };
  Json report{{"recorded_per_s", rounded(rates.recorded)},
              {"delivered_per_s", rounded(rates.delivered)},
              {"rates_over_ms", std::llround(milliseconds_of(rates.over))}};
  const double shrinks = rates.delivered - rates.recorded;
  if (undelivered > 0 && shrinks > 0) {
    report["drain_ms"] = std::llround(1000.0 * static_cast<double>(undelivered) / shrinks);
  }
  return report;
}

Json loop_report(const core::DurationHistogram& turns) {
  return {{"turns", turns.count()},
          {"turn_p99_ms", milliseconds_of(turns.quantile(0.99))},
          {"turn_p9999_ms", milliseconds_of(turns.quantile(0.9999))},
          {"longest_turn_ms", milliseconds_of(turns.longest())}};
}

Json punctuality_report(const core::DurationHistogram& lateness) {
  return {{"readings", lateness.count()},
          {"late_p50_ms", milliseconds_of(lateness.quantile(0.5))},
          {"late_p99_ms", milliseconds_of(lateness.quantile(0.99))},
          {"late_max_ms", milliseconds_of(lateness.longest())}};
}

Json totals_report(const std::map<std::string, std::unique_ptr<Bus>>& buses) {
  std::size_t buses_up = 0;
  std::uint64_t skipped = 0;
  poll::MeterCounts meters;
  for (const auto& [id, bus] : buses) {
    if (bus->master().line_up()) ++buses_up;
    const poll::MeterCounts of_bus = bus->poller().meter_counts();
    meters.all += of_bus.all;
    meters.alive += of_bus.alive;
    meters.silent += of_bus.silent;
    meters.ct_suspect += of_bus.ct_suspect;
    skipped += of_bus.cycles_skipped;
  }
  return {{"buses", buses.size()},          {"buses_up", buses_up},
          {"meters", meters.all},           {"meters_alive", meters.alive},
          {"meters_silent", meters.silent}, {"meters_ct_suspect", meters.ct_suspect},
          {"cycles_skipped", skipped}};
}

Json broker_report(const publish::PublisherStatus& status, const publish::CertificateStatus& certificates,
                   MonoTime now) {
  Json report{{"url", status.broker},
              {"connected", status.connected},
              {"connects", status.connects},
              {"delivered", status.delivered},
              {"in_flight", status.in_flight}};
  if (!status.last_error.empty()) report["error"] = status.last_error;
  if (status.next_try) report["next_try_ms"] = std::llround(milliseconds_of(*status.next_try - now));
  if (status.delivered > 0) {
    report["ack_p50_ms"] = milliseconds_of(status.ack_p50);
    report["ack_p99_ms"] = milliseconds_of(status.ack_p99);
  }
  if (const auto& expiry = certificates.expiry) {
    report["certificate"] = expiry->certificate;
    report["certificate_expires"] = expiry->at.time_since_epoch().count();
    if (expiry->days) report["certificate_expires_in_days"] = *expiry->days;
  }
  if (!certificates.problem.empty()) report["certificate_error"] = certificates.problem;
  return report;
}

std::string info_json(const Options& options, const std::string& config_digest, const std::string& boot_id,
                      UtcTime started) {
  Json info{{"v", 1},
            {"kind", "info"},
            {"site", options.gateway.site},
            {"gw", options.gateway.id},
            {"version", kVersion},
            {"cfg", config_digest},
            {"started", started.time_since_epoch().count()}};
  if (!boot_id.empty()) info["boot"] = boot_id;
  Json circuits = Json::array();
  for (const MeterOptions& meter : options.meters) {
    for (const CircuitOptions& circuit : meter.circuits) circuits.push_back(circuit_info(meter, circuit));
  }
  info["circuits"] = std::move(circuits);
  return to_text(info);
}

}  // namespace submeter::daemon
