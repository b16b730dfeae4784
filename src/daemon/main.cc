// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "config/configuration.h"
#include "core/epoll_loop.h"
#include "core/log.h"
#include "core/signals.h"
#include "core/system_random.h"
#include "daemon/collector.h"
#include "daemon/version.h"

namespace {

using namespace submeter;

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;
constexpr int kExitConfiguration = 78;  // EX_CONFIG

// Paho would send the broker's connection to a proxy of the environment it happens to start in.
void ignore_proxies() {
  ::unsetenv("http_proxy");
  ::unsetenv("https_proxy");
}

/// The kernel's name of this boot, where the service did not give it and the sandbox does not hide it. Else a
/// name that no other process has: then nothing is known to be of the same boot.
std::string boot_id_of_machine() {
  std::string id;
  if (std::ifstream("/proc/sys/kernel/random/boot_id") >> id) return id;
  core::SystemRandom random;
  return fmt::format("process-{:016x}", random.next());
}

int run(daemon::Settings settings) {
  config::Configuration configuration = config::load(settings.sources);
  if (!configuration.usable()) {
    for (const config::Problem& problem : configuration.problems) {
      std::fprintf(stderr, "%s\n", problem.to_string().c_str());
    }
    std::fprintf(stderr,
                 "nothing was started; mend the configuration, try it with: submeter check --config %s\n",
                 settings.sources.config.c_str());
    return kExitConfiguration;
  }

  core::EpollLoop loop;
  std::unique_ptr<daemon::Collector> collector;
  // Before any thread starts, so that all inherit the signal mask.
  const core::Signals signals(loop, {SIGTERM, SIGINT, SIGHUP}, [&collector](int number) {
    if (!collector) return;
    if (number == SIGHUP) {
      collector->reload();
    } else {
      collector->stop();
    }
  });
  core::start_log(configuration.options.log_level);
  auto created = daemon::Collector::create(loop, std::move(settings), std::move(configuration));
  if (!created) {
    core::log_error("{}", created.error().message);
    return kExitFailure;
  }
  collector = std::move(*created);
  collector->start();
  loop.run();
  const int exit_code = collector->exit_code();
  collector.reset();
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Reads electricity submeters over Modbus and publishes their records over MQTT/TLS.",
               "submeter-collector");
  daemon::Settings settings;
  std::string maps = settings.sources.map_dirs.front();
  app.add_option("--config", settings.sources.config, "Configuration file")->capture_default_str();
  app.add_option("--maps", maps, "Directory of the shipped register maps")->capture_default_str();
  app.add_option("--runtime-dir", settings.runtime_dir, "Where the status socket is made")
      ->capture_default_str();
  app.add_option("--boot-id", settings.boot_id, "Name of this boot of the machine, published in `info`");
  app.set_version_flag("--version", std::string("submeter-collector ") + daemon::kVersion);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  settings.sources.map_dirs = {maps};
  if (settings.boot_id.empty()) settings.boot_id = boot_id_of_machine();
  ignore_proxies();
  int exit_code = kExitFailure;
  try {
    exit_code = run(std::move(settings));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "<3>cannot start: %s\n", error.what());
  }
  core::stop_log();
  return exit_code;
}
