// SPDX-License-Identifier: Apache-2.0
// The whole daemon: its members, in the order in which they depend on each other, are the architecture.
// Builds them from a configuration, connects them, reloads, drains. Loop thread.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "clock/chrony_client.h"
#include "clock/clock_set_watch.h"
#include "clock/stamper.h"
#include "clock/system_clock.h"
#include "config/configuration.h"
#include "core/data_log.h"
#include "core/epoll_loop.h"
#include "core/system_random.h"
#include "daemon/bus.h"
#include "daemon/control_socket.h"
#include "daemon/punctuality.h"
#include "daemon/queue_rates.h"
#include "daemon/service.h"
#include "daemon/status_report.h"
#include "daemon/uplink.h"
#include "io/udp_port.h"
#include "records/recorder.h"
#include "store/sqlite_queue.h"

namespace submeter::daemon {

/// What the command line says.
struct Settings {
  config::Sources sources;
  std::filesystem::path runtime_dir = "/run/submeter";
  std::string boot_id;  ///< Of this boot of the machine; not empty.
};

class Collector final : private ControlSocket::Handler {
 public:
  /// A health message lists so many meters; of more, those that are not well.
  static constexpr std::size_t kMostMetersInHealth = 200;
  /// Once asked to stop, undelivered records are published for at most this long.
  static constexpr std::chrono::seconds kDrainLimit{5};

  /// Opens the store; the error says why the daemon cannot work. `configuration` is usable.
  static Result<std::unique_ptr<Collector>> create(core::EpollLoop& loop, Settings settings,
                                                   config::Configuration configuration);
  ~Collector() override;

  /// Begins to poll and to connect, and tells systemd that it is ready.
  void start();
  /// Reads the configuration again; a wrong one is reported and the running one kept, buses that did not
  /// change are not disturbed.
  void reload();
  /// Finishes the requests under way, commits, publishes what it can within kDrainLimit, then ends the loop.
  void stop();
  /// What the process ends with.
  int exit_code() const { return exit_code_; }

 private:
  Collector(core::EpollLoop& loop, Settings settings, config::Configuration configuration,
            std::unique_ptr<store::SqliteQueue> queue);

  void connect_parts();
  void apply_buses();
  void apply_uplink();
  void report_problems(const config::Configuration& configuration) const;
  void warn_of_restart(const Options& wanted) const;
  void on_commit(std::span<const Record> records);
  void on_clock_change();
  void log_clock() const;
  void on_clock_step(const ClockStep& step);
  void choose_verification_time() const;
  void publish_info();
  void announce();
  void note_event(std::string name, std::string text, std::vector<EventField> fields = {});
  void on_store_event(const store::StoreEvent& event);
  void drain();
  void leave();
  void fail(const Error& error);
  bool makes_progress();
  void report_health();
  void describe_state();
  /// Everything but the lists of buses and meters.
  Json summary() const;
  /// With the lists; of more than `most_meters` only those in trouble, and no more than that.
  Json status(std::size_t most_meters) const;
  Json store_figures() const;
  QueueRates::Totals queue_totals() const;

  std::string status_json(bool brief) override;
  void read_registers(const std::string& bus, const modbus::ReadRequest& request, Reply reply) override;
  std::string queue_json() override;
  void export_records(store::RangeQuery query, Reply reply) override;

  core::EpollLoop& loop_;
  Settings settings_;
  config::Configuration configuration_;
  core::SystemRandom random_;
  std::unique_ptr<clock::KernelClock> kernel_clock_;
  std::unique_ptr<io::UdpPort> chrony_port_;  ///< With the client: none where clock.source is without chrony.
  std::unique_ptr<clock::ChronyClient> chrony_;
  clock::SystemClock clock_;
  clock::ClockSetWatch clock_set_;
  std::unique_ptr<core::DataLog> data_log_;
  std::unique_ptr<store::SqliteQueue> queue_;
  UtcTime known_past_;  ///< The newest time that is known to be past, whatever the clock says.
  records::Recorder recorder_;
  clock::Stamper stamper_;
  Punctuality punctuality_;
  QueueRates queue_rates_;
  std::unique_ptr<Uplink> uplink_;  ///< None without a broker.
  ControlSocket control_;
  std::map<std::string, std::unique_ptr<Bus>> buses_;
  Service service_;
  Timer health_timer_;
  Timer state_timer_;
  Timer finish_limit_;
  Timer commit_limit_;
  MonoTime started_;
  std::uint64_t store_heartbeat_ = 0;
  std::uint64_t uplink_heartbeat_ = 0;
  bool stopping_ = false;
  bool draining_ = false;
  bool leaving_ = false;
  std::set<std::string> unfinished_;  ///< While stopping: buses with a reading under way.
  int exit_code_ = 0;
};

}  // namespace submeter::daemon
