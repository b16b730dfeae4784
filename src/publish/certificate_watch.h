// SPDX-License-Identifier: Apache-2.0
// Looks each minute whether a TLS file that `mqtt` names was replaced, and has the broker connected to again
// with the new ones once they are sound together; warns of certificates and CRLs that end. SPEC section 8.
//
// A look is a stat() of each file; they are read at the start and when that says something new. Certificate
// and key may be replaced one after the other: between the two they do not fit, and nothing is done. Never
// touches the connection itself. Loop thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "publish/expiry_warning.h"
#include "submeter/clock.h"
#include "submeter/loop.h"
#include "submeter/options.h"
#include "submeter/result.h"

namespace submeter::publish {

/// What is known of the certificates that `mqtt` names.
struct CertificateStatus {
  struct Expiry {
    UtcTime at{};
    std::string certificate;  ///< `mqtt.cert_file /etc/submeter/tls/gw.pem, "gw-0042"`.
    std::optional<std::int64_t>
        days;  ///< Whole days until then, less than 0 after it; empty: the clock is unsynced.
  };
  std::optional<Expiry> expiry;  ///< Of the one in use that ends first.
  std::string problem;           ///< Why what is there now is not taken up; empty when it is in use.
};

class CertificateWatch {
 public:
  static constexpr std::chrono::seconds kLook{60};

  /// `renewed` is called from the loop, or out of look(). `clock` and `options` outlive this.
  CertificateWatch(Loop& loop, const Clock& clock, const MqttOptions& options, std::function<void()> renewed);

  /// What is there now counts as what is in use: if it is of no use, connecting will say so.
  void start();
  /// Looks now, as it does each kLook.
  void look();
  CertificateStatus status() const;

 private:
  /// Of a file that is not there: all zero.
  struct FileState {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t modified_s = 0;
    std::int64_t modified_ns = 0;
    std::uint32_t mode = 0;
    std::uint32_t owner = 0;
    std::uint32_t group = 0;
    bool operator==(const FileState&) const = default;
  };
  using FileStates = std::array<FileState, 3>;

  static FileState state_of(const std::string& file);
  FileStates states() const;
  Result<tls::Expiries> read() const;
  /// Nothing while the clock is unsynced.
  std::optional<UtcTime> wall_time() const;
  void judge();
  void warn(const char* key, const std::string& file, ExpiryWarning& warning) const;
  void warn_of_crl();
  void warn_of_expiry();

  Loop& loop_;
  const Clock& clock_;
  const MqttOptions& options_;
  std::function<void()> renewed_;
  FileStates seen_;
  ExpiryWarning own_;
  ExpiryWarning trusted_;
  // A CRL is made anew each day or week: its last day is when a new one is overdue.
  ExpiryWarning crl_{ExpiryWarning::kRepeat, ExpiryWarning::kRepeat};
  std::string problem_;
  Timer timer_;
};

}  // namespace submeter::publish
