// SPDX-License-Identifier: Apache-2.0
// Input: the text of a configuration file, which may use the shipped register maps.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/fuzz/problems.h"
#include "tests/fuzz/target.h"

namespace submeter::fuzz {
namespace {

/// Where the text is put, because load() takes files; gone with the process.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("submeter-fuzz-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path file() const { return path_ / "config.yaml"; }

 private:
  std::filesystem::path path_;
};

void check_options(const config::Configuration& configuration) {
  const Options& options = configuration.options;
  for (const auto& [id, bus] : options.buses) {
    SUBMETER_CHECK(!id.empty() && bus.response_timeout.count() > 0 && bus.retries >= 0);
    if (const SerialLine* line = bus.serial_line()) SUBMETER_CHECK(line->baud > 0);
  }
  for (const MeterOptions& meter : options.meters) {
    SUBMETER_CHECK(options.buses.contains(meter.bus) && configuration.maps.contains(meter.map));
    SUBMETER_CHECK(!meter.circuits.empty());
    for (const CircuitOptions& circuit : meter.circuits) {
      SUBMETER_CHECK(circuit.channel >= 1 && circuit.channel <= configuration.maps.at(meter.map).channels);
      for (const PointOptions& point : circuit.points) {
        SUBMETER_CHECK(point.interval.count() > 0);
        SUBMETER_CHECK(configuration.maps.at(meter.map).find(point.name) != nullptr);
      }
    }
  }
}

void check(std::span<const std::uint8_t> text) {
  static const Folder folder;
  std::ofstream(folder.file(), std::ios::binary)
      .write(reinterpret_cast<const char*>(text.data()), static_cast<std::streamsize>(text.size()));
  const config::Configuration configuration = config::load(
      {.config = folder.file(), .map_dirs = {std::string(SUBMETER_SOURCE_DIR) + "/config/meters"}});
  check_problems(configuration.problems);
  SUBMETER_CHECK(configuration.usable() != has_error(configuration.problems));
  if (configuration.usable()) check_options(configuration);
}

}  // namespace
}  // namespace submeter::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  submeter::fuzz::check({data, size});
  return 0;
}
