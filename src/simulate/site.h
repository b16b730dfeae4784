// SPDX-License-Identifier: Apache-2.0
// All buses of a configuration with all their meters, none of them real. Loop thread.
#pragma once

#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "meters/register_map.h"
#include "simulate/daily_load.h"
#include "simulate/device_server.h"
#include "simulate/faults.h"
#include "simulate/replay_load.h"
#include "simulate/responder.h"
#include "simulate/rtu_server.h"
#include "simulate/tcp_server.h"
#include "submeter/loop.h"
#include "submeter/options.h"
#include "submeter/result.h"

namespace submeter::simulate {

struct LoadChoice {
  LoadShape shape = LoadShape::kOffice;
  std::optional<double> peak_kw{};  ///< Empty: 40 % of the CTs' primary, of 25 A a phase without CTs.
};

struct ReplayChoice {
  std::string meter;
  ReplayTable table;
  std::chrono::milliseconds step{1'000};  ///< How long a row lasts here.
};

/// What is not in the configuration; meters by id.
struct SiteOptions {
  std::map<std::string, Faults> faults;
  std::set<std::string> echoing{};  ///< Buses of kind rtu on which the asker hears itself, as on two wires.
  std::map<std::string, LoadChoice> loads;
  std::map<std::string, SerialLine>
      lines{};                         ///< Meters of an rtu bus that are set otherwise; `device` is empty.
  std::optional<ReplayChoice> replay;  ///< Channel 1 of the meter.
  Decimal start_import_kwh;            ///< What every import register shows at first.
};

using Maps = std::map<std::string, meters::RegisterMap>;

/// The error names what in `site` does not fit the configuration.
Result<void> check(const Options& options, const SiteOptions& site);

/// The meter as it is when `site` is simulated; the loads of two meters differ, those of two runs do not.
Result<SimulatedMeter> make_meter(const MeterOptions& meter, const meters::RegisterMap& map,
                                  const SiteOptions& site);

class Site {
 public:
  /// Opens every bus of `options` that has meters; `site` was checked, `maps` has every map in use. The error
  /// names the option or the bus that is in the way; nothing is left behind then.
  static Result<std::unique_ptr<Site>> open(Loop& loop, const Options& options, const Maps& maps,
                                            const SiteOptions& site);

 private:
  struct OtherSetting {
    SerialLine line;
    Responder responder;
  };
  struct Bus {
    Responder responder;
    Echo echo = Echo::kNo;
    std::list<OtherSetting> others;
    std::unique_ptr<RtuServer> rtu;
    std::unique_ptr<TcpServer> tcp;
    std::unique_ptr<SerialDeviceServer> device_server;
  };

  /// Who answers for the meter on this bus: those that are set alike.
  static Responder& responder_of(const std::string& meter, const SiteOptions& site, MonoTime start, Bus& bus);
  static Result<void> open_bus(Loop& loop, const BusOptions& options, Bus& bus);

  std::list<Bus> buses_;
};

}  // namespace submeter::simulate
