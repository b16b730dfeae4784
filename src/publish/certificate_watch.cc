// SPDX-License-Identifier: Apache-2.0
#include "publish/certificate_watch.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>

#include "core/log.h"
#include "publish/credentials.h"

namespace submeter::publish {
namespace {

using std::chrono::days;

std::string date_text(UtcTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
  return fmt::format("{:%FT%TZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

std::string named(const char* key, const std::string& file, const tls::Expiry& expiry) {
  return fmt::format("mqtt.{} {}, {}", key, file, expiry.subject);
}

std::string crl_named(const std::string& file, const tls::Expiry& expiry) {
  return fmt::format("the CRL of {} in mqtt.ca_file {}", expiry.subject, file);
}

const char* expires(const tls::Expiry& expiry, UtcTime now) {
  return expiry.at <= now ? "expired" : "expires";
}

}  // namespace

CertificateWatch::CertificateWatch(Loop& loop, const Clock& clock, const MqttOptions& options,
                                   std::function<void()> renewed)
    : loop_(loop), clock_(clock), options_(options), renewed_(std::move(renewed)), timer_(loop, [this] {
        look();
        timer_.start_after(kLook);
      }) {}

void CertificateWatch::start() {
  if (!options_.tls) return;
  seen_ = states();
  if (const auto expiries = read()) {
    own_.watch(expiries->own);
    trusted_.watch(expiries->trusted);
    crl_.watch(expiries->crl);
  }
  warn_of_expiry();
  timer_.start_after(kLook);
}

void CertificateWatch::look() {
  if (const FileStates now = states(); now != seen_) {
    seen_ = now;
    judge();
  }
  warn_of_expiry();
}

CertificateWatch::FileState CertificateWatch::state_of(const std::string& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return {};
  return {.device = found.st_dev,
          .inode = found.st_ino,
          .size = found.st_size,
          .modified_s = found.st_mtim.tv_sec,
          .modified_ns = found.st_mtim.tv_nsec,
          .mode = found.st_mode,
          .owner = found.st_uid,
          .group = found.st_gid};
}

CertificateWatch::FileStates CertificateWatch::states() const {
  return {state_of(options_.ca_file), state_of(options_.cert_file), state_of(options_.key_file)};
}

Result<tls::Expiries> CertificateWatch::read() const {
  if (auto usable = check_tls_files(options_); !usable) return usable.error();
  return tls::read_expiries(broker_peer(options_));
}

std::optional<UtcTime> CertificateWatch::wall_time() const {
  const Stamp stamp = clock_.stamp(loop_.now());
  if (stamp.state == ClockState::kUnsynced) return std::nullopt;
  return stamp.time;
}

// A certificate or CRL that has ended would cost the connection that there is.
void CertificateWatch::judge() {
  const auto found = read();
  const auto now = wall_time();
  problem_.clear();
  if (!found) {
    problem_ = found.error().message;
  } else if (found->own && now && found->own->at <= *now) {
    problem_ = fmt::format("{} expired on {}", named("cert_file", options_.cert_file, *found->own),
                           date_text(found->own->at));
  } else if (found->crl && now && found->crl->at <= *now) {
    problem_ =
        fmt::format("{} expired on {}", crl_named(options_.ca_file, *found->crl), date_text(found->crl->at));
  }
  if (!problem_.empty()) {
    core::log_warning(
        "mqtt: TLS files have changed, but are of no use: {}; the running connection is kept until it ends, "
        "and "
        "they are looked at again when they change",
        problem_);
    return;
  }
  own_.watch(found->own);
  trusted_.watch(found->trusted);
  crl_.watch(found->crl);
  core::log_info("mqtt: TLS files have changed{}; connecting again with them",
                 found->own ? fmt::format(" (certificate of {} until {})", found->own->subject,
                                          date_text(found->own->at))
                            : "");
  renewed_();
}

void CertificateWatch::warn_of_expiry() {
  warn("cert_file", options_.cert_file, own_);
  warn("ca_file", options_.ca_file, trusted_);
  warn_of_crl();
}

void CertificateWatch::warn_of_crl() {
  const auto now = wall_time();
  if (!now || !crl_.due(*now, loop_.now())) return;
  const tls::Expiry& expiry = *crl_.expiry();
  core::log_warning("{} {} on {}; put its newest one there: without it no new connection is made",
                    crl_named(options_.ca_file, expiry), expires(expiry, *now), date_text(expiry.at));
}

void CertificateWatch::warn(const char* key, const std::string& file, ExpiryWarning& warning) const {
  const auto now = wall_time();
  if (!now || !warning.due(*now, loop_.now())) return;
  const tls::Expiry& expiry = *warning.expiry();
  const auto left = std::chrono::floor<days>(expiry.at - *now).count();
  core::log_warning(
      "{}: the certificate {} on {}{}; put a new one in its place, it is taken up without a restart",
      named(key, file, expiry), expires(expiry, *now), date_text(expiry.at),
      expiry.at <= *now ? "" : fmt::format(", in {} days", left));
}

CertificateStatus CertificateWatch::status() const {
  CertificateStatus status{.expiry = std::nullopt, .problem = problem_};
  const auto now = wall_time();
  const auto take = [&status, &now](const char* key, const std::string& file, const ExpiryWarning& warning) {
    const auto& expiry = warning.expiry();
    if (!expiry || (status.expiry && status.expiry->at <= expiry->at)) return;
    status.expiry = {.at = expiry->at, .certificate = named(key, file, *expiry), .days = std::nullopt};
    if (now) status.expiry->days = std::chrono::floor<days>(expiry->at - *now).count();
  };
  take("cert_file", options_.cert_file, own_);
  take("ca_file", options_.ca_file, trusted_);
  return status;
}

}  // namespace submeter::publish
