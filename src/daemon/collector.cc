// SPDX-License-Identifier: Apache-2.0
#include "daemon/collector.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "clock/sync_note.h"
#include "core/log.h"
#include "daemon/export_language.h"
#include "daemon/home_assistant.h"
#include "daemon/plan.h"
#include "daemon/version.h"
#include "tls/verification_time.h"

namespace submeter::daemon {
namespace {

using namespace std::chrono_literals;

bool is_well(const Bus& bus) {
  const poll::MeterCounts meters = bus.poller().meter_counts();
  return bus.master().line_up() && meters.alive == meters.all && meters.ct_suspect == 0;
}

constexpr Duration kHealthInterval = 60s;
constexpr Duration kStateInterval = 5s;
// Ten thousand connections are made in a second, not at once.
constexpr Duration kStartSpacing = 100us;
// A request to a slow meter may take longer than a service may take to stop.
constexpr Duration kFinishLimit = 3s;

bool asks_chrony(const ClockOptions& options) {
  return options.source == ClockSource::kAuto || options.source == ClockSource::kChrony;
}

}  // namespace

Result<std::unique_ptr<Collector>> Collector::create(core::EpollLoop& loop, Settings settings,
                                                     config::Configuration configuration) {
  core::SystemRandom random;
  const GatewayOptions& gateway = configuration.options.gateway;
  auto queue =
      store::SqliteQueue::open(loop, configuration.options.store, random, gateway.site + "/" + gateway.id);
  if (!queue) return queue.error();
  return std::unique_ptr<Collector>(
      new Collector(loop, std::move(settings), std::move(configuration), std::move(*queue)));
}

Collector::Collector(core::EpollLoop& loop, Settings settings, config::Configuration configuration,
                     std::unique_ptr<store::SqliteQueue> queue)
    : loop_(loop),
      settings_(std::move(settings)),
      configuration_(std::move(configuration)),
      kernel_clock_(clock::make_kernel_clock()),
      chrony_port_(asks_chrony(configuration_.options.clock)
                       ? std::make_unique<io::UdpPort>(loop, configuration_.options.clock.chrony_port)
                       : nullptr),
      chrony_(chrony_port_ ? std::make_unique<clock::ChronyClient>(loop, *chrony_port_, random_) : nullptr),
      clock_(loop, *kernel_clock_, chrony_.get(), configuration_.options.clock),
      clock_set_(loop, [this] { clock_.renew(); }),
      queue_(std::move(queue)),
      known_past_(tls::build_time()),
      recorder_(*queue_,
                {.site = configuration_.options.gateway.site, .gateway = configuration_.options.gateway.id}),
      stamper_(loop, clock_,
               {.before_sync = configuration_.options.clock.before_sync,
                .boot_id = settings_.boot_id,
                .floor = known_past_,
                .config = configuration_.digest},
               *queue_, recorder_),
      punctuality_(stamper_),
      control_(loop, *this),
      service_(loop, [this] { return makes_progress(); }),
      health_timer_(loop, [this] { report_health(); }),
      state_timer_(loop, [this] { describe_state(); }),
      finish_limit_(loop, [this] { drain(); }),
      commit_limit_(loop, [this] { leave(); }),
      started_(loop.now()) {
  connect_parts();
  if (const auto note = clock::parse_sync_note(queue_->note())) {
    known_past_ = std::max(known_past_, note->sure);
    if (note->boot == settings_.boot_id) clock_.resume(*note);
  }
  stamper_.start();
}

Collector::~Collector() = default;

void Collector::connect_parts() {
  queue_->on_commit([this](std::span<const Record> records) { on_commit(records); });
  queue_->on_event([this](const store::StoreEvent& event) { on_store_event(event); });
  queue_->on_failure([this](const Error& error) { fail(error); });
  clock_.on_step([this](const ClockStep& step) { on_clock_step(step); });
  clock_.on_change([this] { on_clock_change(); });
}

void Collector::start() {
  const Options& options = configuration_.options;
  report_problems(configuration_);
  if (options.data_log.enabled) {
    auto log = core::DataLog::open(options.data_log);
    if (log) {
      data_log_ = std::move(*log);
    } else {
      core::log_warning("{}; records are stored and published without it", log.error().message);
    }
  }
  if (const auto listening = control_.listen((settings_.runtime_dir / "status.sock").string()); !listening) {
    core::log_warning("{}", listening.error().message);
  }
  if (clock_.decided()) log_clock();
  choose_verification_time();
  apply_uplink();
  apply_buses();
  health_timer_.start_after(kHealthInterval);
  service_.ready();
  describe_state();
}

void Collector::apply_buses() {
  const Options& options = configuration_.options;
  std::erase_if(buses_, [&options](const auto& entry) { return !options.buses.contains(entry.first); });
  std::size_t started = 0;
  for (const auto& [id, bus_options] : options.buses) {
    auto plan = make_bus_plan(options, configuration_.maps, id);
    if (!plan) {
      core::log_error("bus {} is not polled: {}  bus={}", id, plan.error().message, id);
      continue;
    }
    std::unique_ptr<Bus>& bus = buses_[id];
    if (bus && bus->same_as(bus_options, *plan)) continue;
    const Duration settle = bus ? bus->settle_time() : Duration::zero();
    bus.reset();  // the old one must let go of the port first
    if (plan->meters.empty()) continue;
    bus = std::make_unique<Bus>(loop_, clock_, random_, bus_options, std::move(*plan), punctuality_);
    core::log_info("bus {}: {}, {} meters  bus={}", id, bus->line(), bus->poller().plan().meters.size(), id);
    bus->start(settle + kStartSpacing * static_cast<int>(started++));
  }
  std::erase_if(buses_, [](const auto& entry) { return entry.second == nullptr; });
  if (buses_.empty()) {
    core::log_info(
        "no meters are configured; add buses and meters to {}, then: systemctl reload submeter-collector",
        settings_.sources.config.string());
  }
}

void Collector::apply_uplink() {
  const Options& options = configuration_.options;
  if (!options.mqtt) {
    uplink_.reset();
    core::log_info("no broker is configured; records are kept in {} until mqtt.url is set",
                   options.store.dir);
    return;
  }
  // The new one stands before the old one goes: the last of Paho's clients would wait for Paho's threads.
  auto uplink = std::make_unique<Uplink>(loop_, clock_, *queue_, random_, options.gateway, *options.mqtt);
  if (uplink_) uplink->publisher().announcer().inherit(uplink_->publisher().announcer().messages());
  uplink_ = std::move(uplink);
  publish_info();
  announce();
  uplink_->start();
}

void Collector::publish_info() {
  if (!uplink_) return;
  uplink_->publisher().set_info(info_json(configuration_.options, configuration_.digest, settings_.boot_id,
                                          clock_.stamp(started_).time));
}

void Collector::announce() {
  if (!uplink_) return;
  uplink_->publisher().announcer().set(home_assistant_messages(configuration_.options, configuration_.maps));
}

void Collector::reload() {
  if (stopping_) return;
  service_.reloading();
  config::Configuration wanted = config::load(settings_.sources);
  report_problems(wanted);
  if (!wanted.usable()) {
    core::log_error("the changed configuration has errors; the running one is kept: mend {} and reload again",
                    settings_.sources.config.string());
    return service_.ready();
  }
  warn_of_restart(wanted.options);
  const bool uplink_changed = wanted.options.mqtt != configuration_.options.mqtt;
  const bool changed = wanted.digest != configuration_.digest;
  // What only a restart can change stays as it runs.
  wanted.options.gateway = configuration_.options.gateway;
  wanted.options.store = configuration_.options.store;
  wanted.options.clock = configuration_.options.clock;
  wanted.options.data_log = configuration_.options.data_log;
  const std::string before = std::exchange(configuration_, std::move(wanted)).digest;
  if (changed) {
    stamper_.set_config(configuration_.digest);
    note_event("config_changed",
               fmt::format("configuration {} replaced by {}", before, configuration_.digest));
  }
  apply_buses();
  if (uplink_changed) {
    apply_uplink();
  } else {
    publish_info();
    announce();
    if (uplink_) uplink_->certificates().look();
  }
  core::log_info("configuration reloaded: {}", configuration_.digest);
  service_.ready();
}

void Collector::warn_of_restart(const Options& wanted) const {
  const Options& running = configuration_.options;
  const auto warn = [](const char* section, bool changed) {
    if (changed) {
      core::log_warning("{} changed; it takes effect at the next start: systemctl restart submeter-collector",
                        section);
    }
  };
  warn("gateway", wanted.gateway != running.gateway);
  warn("store", wanted.store != running.store);
  warn("clock", wanted.clock != running.clock);
  warn("data_log", wanted.data_log != running.data_log);
  warn("log", wanted.log_level != running.log_level);
}

void Collector::report_problems(const config::Configuration& configuration) const {
  for (const std::string& note : configuration.notes) core::log_info("{}", note);
  for (const config::Problem& problem : configuration.problems) {
    if (problem.severity == config::Severity::kError) {
      core::log_error("{}", problem.to_string());
    } else {
      core::log_warning("{}", problem.to_string());
    }
  }
}

void Collector::stop() {
  if (std::exchange(stopping_, true)) return;
  service_.stopping();
  core::log_info("stopping: polling ends, {} records are kept until a broker has them",
                 queue_->status().undelivered);
  for (const auto& [id, bus] : buses_) unfinished_.insert(id);
  if (buses_.empty()) return drain();
  finish_limit_.start_after(kFinishLimit);
  for (auto& [id, bus] : buses_) {
    bus->poller().finish([this, name = id] {
      unfinished_.erase(name);
      if (unfinished_.empty()) drain();
    });
  }
}

void Collector::drain() {
  finish_limit_.cancel();
  if (std::exchange(draining_, true)) return;
  buses_.clear();
  stamper_.stop();
  queue_->flush([this] { leave(); });
  commit_limit_.start_after(kDrainLimit);
}

// After the last commit, or without it where the disk takes nothing.
void Collector::leave() {
  commit_limit_.cancel();
  if (std::exchange(leaving_, true)) return;
  const auto end = [this] {
    core::log_info("stopped; {} records wait for the next start", queue_->status().undelivered);
    loop_.stop();
  };
  if (!uplink_) return end();
  uplink_->publisher().stop(kDrainLimit, end);
}

void Collector::fail(const Error& error) {
  core::log_error("{}; what is on disk is unknown, the process ends and recovers at its next start",
                  error.message);
  exit_code_ = 1;
  loop_.stop();
}

void Collector::on_commit(std::span<const Record> records) {
  if (uplink_) uplink_->publisher().on_commit(records);
  for (const Record& record : records) {
    if (data_log_) data_log_->write(record.json);
    control_.on_record(record);
  }
}

void Collector::on_clock_change() {
  log_clock();
  stamper_.clock_changed();
  choose_verification_time();
  publish_info();  // when the start was, is known better now
  for (auto& [id, bus] : buses_) bus->poller().replan();
}

void Collector::log_clock() const {
  const auto line = fmt::format("clock: {}: {}", to_string(clock_.state()), clock_.describe());
  if (clock_.state() != ClockState::kUnsynced) {
    core::log_info("{}", line);
  } else if (stamper_.waiting()) {
    core::log_warning("{}; until it can be trusted, records are held on disk and not published", line);
  } else {
    core::log_warning("{}; records are marked clock_unsynced until it can be trusted", line);
  }
}

/// A clock that starts in 1970 would find every certificate not yet valid.
void Collector::choose_verification_time() const {
  const bool behind = clock_.state() == ClockState::kUnsynced && clock_.stamp(loop_.now()).time < known_past_;
  tls::verify_as_of(behind ? std::optional(known_past_) : std::nullopt);
}

void Collector::note_event(std::string name, std::string text, std::vector<EventField> fields) {
  stamper_.on_event({.name = std::move(name),
                     .text = std::move(text),
                     .instant = loop_.now(),
                     .fields = std::move(fields)});
}

void Collector::on_clock_step(const ClockStep& step) {
  const auto expected = step.expected.time_since_epoch().count();
  const auto actual = step.actual.time_since_epoch().count();
  const char* name = step.leap_second ? "leap_second" : "clock_step";
  const std::string text = step.leap_second ? "the clock was stepped over a leap second"
                                            : fmt::format("the clock stepped by {} ms", actual - expected);
  core::log_warning("{}; stamps follow it, timers do not; look at: chronyc tracking", text);
  stamper_.clock_stepped(step);
  choose_verification_time();
  for (auto& [id, bus] : buses_) bus->poller().replan();
  note_event(name, text, {{"from_ts", std::to_string(expected)}, {"to_ts", std::to_string(actual)}});
}

void Collector::on_store_event(const store::StoreEvent& event) {
  if (event.name == "stream_started") {
    core::log_info("store: {}", event.text);
  } else {
    core::log_warning("store: {}", event.text);
  }
  std::vector<EventField> fields;
  if (event.first.value != 0) fields.push_back({"first_seq", std::to_string(event.first.value)});
  if (event.last.value != 0) fields.push_back({"last_seq", std::to_string(event.last.value)});
  note_event(event.name, event.text, std::move(fields));
}

bool Collector::makes_progress() {
  const std::uint64_t store = queue_->heartbeat();
  const std::uint64_t uplink = uplink_ ? uplink_->publisher().heartbeat() : uplink_heartbeat_ + 1;
  const bool progress = store != store_heartbeat_ && uplink != uplink_heartbeat_;
  store_heartbeat_ = store;
  uplink_heartbeat_ = uplink;
  return progress || stopping_;
}

void Collector::report_health() {
  health_timer_.start_after(kHealthInterval);
  if (!uplink_) return;
  const GatewayOptions& gateway = configuration_.options.gateway;
  Json health{{"v", 1},
              {"kind", "health"},
              {"site", gateway.site},
              {"gw", gateway.id},
              {"ts", clock_.stamp(loop_.now()).time.time_since_epoch().count()}};
  health.update(status(kMostMetersInHealth));
  uplink_->publisher().publish_health(to_text(health));
}

void Collector::describe_state() {
  state_timer_.start_after(kStateInterval);
  queue_rates_.note(loop_.now(), queue_totals());
  poll::MeterCounts meters;
  for (const auto& [id, bus] : buses_) {
    meters.all += bus->poller().meter_counts().all;
    meters.alive += bus->poller().meter_counts().alive;
  }
  const char* broker = !uplink_                                  ? "no broker configured"
                       : uplink_->publisher().status().connected ? "broker connected"
                                                                 : "broker not connected";
  service_.status(fmt::format("{} of {} meters alive, {} records waiting, {}", meters.alive, meters.all,
                              queue_->status().undelivered, broker));
}

Json Collector::store_figures() const {
  Json store = store_report(*queue_, clock_, loop_.now());
  store["held_for_clock"] = queue_->holding().waiting;
  store["held_dropped"] = queue_->holding().dropped + stamper_.dropped();
  return store;
}

// Where the cursor stands counts what was passed over for lost as well.
QueueRates::Totals Collector::queue_totals() const {
  const std::uint64_t passed = queue_->acknowledged().value;
  return {.recorded = queue_->next_sequence().value,
          .delivered = passed - std::min(passed, queue_->status().dropped)};
}

Json Collector::summary() const {
  Json report{{"version", kVersion},
              {"cfg", configuration_.digest},
              {"started", clock_.stamp(started_).time.time_since_epoch().count()},
              {"clock", clock_report(clock_, loop_.now())},
              {"totals", totals_report(buses_)},
              {"store", store_figures()},
              {"loop", loop_report(loop_.turns())},
              {"punctuality", punctuality_report(punctuality_.lateness())}};
  if (uplink_) {
    report["broker"] =
        broker_report(uplink_->publisher().status(), uplink_->certificates().status(), loop_.now());
  }
  return report;
}

Json Collector::status(std::size_t most_meters) const {
  Json report = summary();
  Json buses = Json::array();
  Json meters = Json::array();
  const bool all = report["totals"]["meters"] <= most_meters;
  for (const auto& [id, bus] : buses_) {
    if (!all && (is_well(*bus) || meters.size() >= most_meters)) continue;
    buses.push_back(bus_report(*bus));
    for (Json& meter : meter_reports(*bus, loop_.now())) meters.push_back(std::move(meter));
  }
  report["buses"] = std::move(buses);
  report["meters"] = std::move(meters);
  return report;
}

std::string Collector::status_json(bool brief) {
  return to_text(brief ? summary() : status(std::numeric_limits<std::size_t>::max()));
}

std::string Collector::queue_json() {
  const MonoTime now = loop_.now();
  Json report = store_figures();
  report["now"] = clock_.stamp(now).time.time_since_epoch().count();
  const std::uint64_t undelivered = queue_->status().undelivered;
  report["oldest_kept_seq"] = queue_->oldest_kept().value;
  report["newest_kept_seq"] = queue_->acknowledged().value + undelivered;
  if (const auto rates = queue_rates_.rates(now, queue_totals())) {
    report.update(rates_report(*rates, undelivered));
  }
  if (uplink_) report["broker_connected"] = uplink_->publisher().status().connected;
  return to_text(report);
}

void Collector::export_records(store::RangeQuery query, Reply reply) {
  queue_->read_range(std::move(query), [reply = std::move(reply)](const store::RangeBite& bite) {
    reply(export_answer(bite));
  });
}

void Collector::read_registers(const std::string& bus, const modbus::ReadRequest& request, Reply reply) {
  const auto found = buses_.find(bus);
  if (found == buses_.end()) {
    return loop_.post([reply = std::move(reply)] { reply(R"({"error":"the daemon polls no such bus"})"); });
  }
  found->second->poller().read_once(request, [reply = std::move(reply)](const modbus::ReadAnswer& answer) {
    Json json{{"registers", answer.registers}};
    if (answer.outcome == modbus::Outcome::kRegisters) {
      json["response_ms"] = std::chrono::duration<double, std::milli>(answer.received - answer.sent).count();
    } else {
      json = {{"error", answer.reason}, {"no_answer", answer.outcome != modbus::Outcome::kException}};
    }
    reply(to_text(json));
  });
}

}  // namespace submeter::daemon
