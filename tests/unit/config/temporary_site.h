// SPDX-License-Identifier: Apache-2.0
// A configuration directory of its own for a test, removed with it: config.yaml, conf.d, meters, and two
// shipped maps.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/configuration.h"

namespace submeter::config {

class TemporarySite {
 public:
  TemporarySite();
  ~TemporarySite();
  TemporarySite(const TemporarySite&) = delete;
  TemporarySite& operator=(const TemporarySite&) = delete;

  /// Relative to the site's directory; directories are made.
  std::filesystem::path write(const std::string& file, const std::string& text) const;
  /// With `text` as config.yaml.
  Configuration load(const std::string& text) const;
  Configuration load() const;
  const std::filesystem::path& directory() const { return directory_; }
  /// The problems as people see them, the site's directory left out.
  std::vector<std::string> lines(const std::vector<Problem>& problems) const;

 private:
  std::filesystem::path directory_;
};

/// A shipped map: input registers, primary side.
inline constexpr const char* kSimpleMap = R"(map: simple
maker: Nobody
source: made for this test
addressing: pdu
function: input
scaled: primary
points:
  power_kw: {address: 52, type: float32, unit: W}
  energy_import_kwh: {address: 0x48, type: float32}
  pf: {address: 62, type: float32}
)";

/// A shipped map: three channels, secondary side.
inline constexpr const char* kPanelMap = R"(map: panel
maker: Nobody
source: made for this test
addressing: one_based
function: holding
scaled: secondary
channels: {count: 3, stride: 20}
points:
  power_kw: {address: 1, type: int16, unit: W}
  energy_import_kwh: {address: 3, type: uint32, scale: 0.01}
)";

}  // namespace submeter::config
