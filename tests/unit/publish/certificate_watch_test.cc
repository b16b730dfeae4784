// SPDX-License-Identifier: Apache-2.0
#include "publish/certificate_watch.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/support/fake_clock.h"
#include "tests/support/simulated_loop.h"
#include "tests/unit/publish/local_broker.h"

namespace submeter::publish {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr UtcTime kNow = sys_days{2026y / November / 21};
constexpr UtcTime kEnd = sys_days{2027y / March / 1} + 12h;
constexpr const char* kEndText = "20270301120000Z";

/// A watch over ca.pem, gw.pem and gw.key of a folder, at noon of a day on which they are sound.
class CertificateWatchTest : public ::testing::Test {
 protected:
  CertificateWatchTest() {
    options.host = "broker.example";
    options.ca_file = folder.file("ca.pem");
    options.cert_file = folder.file("gw.pem");
    options.key_file = folder.file("gw.key");
    install(site.certificate(), options.ca_file);
    install(issue(kEndText));
  }

  CertificateFiles issue(const std::string& end) { return site.issue("gw", "DNS:gw", TestCa::kPast, end); }
  /// As configuration management and certbot do it: complete at once, under the old name.
  void install(const std::string& from, const std::string& to) const {
    fs::copy_file(from, folder.file("new"));
    fs::rename(folder.file("new"), to);
  }
  void install(const CertificateFiles& files) const {
    install(files.certificate, options.cert_file);
    install(files.key, options.key_file);
  }
  void start() {
    watch = std::make_unique<CertificateWatch>(loop, clock, options, [this] { ++renewed; });
    watch->start();
  }
  std::string problem() const { return watch->status().problem; }

  TemporaryDirectory folder;
  TestCa site{folder, "site-ca"};
  test::SimulatedLoop loop;
  test::FakeClock clock{loop.now(), kNow};
  MqttOptions options;
  int renewed = 0;
  std::unique_ptr<CertificateWatch> watch;
};

TEST_F(CertificateWatchTest, HasTheBrokerConnectedToAgainOnceWhenCertificateAndKeyWereReplaced) {
  start();
  install(issue("20280301120000Z"));
  loop.advance(60s - 1ns);
  EXPECT_EQ(renewed, 0);
  loop.advance(1ns);
  EXPECT_EQ(renewed, 1);
  loop.advance(1h);
  EXPECT_EQ(renewed, 1);
  EXPECT_EQ(watch->status().expiry->at, kEnd + (sys_days{2028y / March / 1} - sys_days{2027y / March / 1}));
}

TEST_F(CertificateWatchTest, LooksAtOnceWhenItIsAsked) {
  start();
  install(issue("20280301120000Z"));
  watch->look();
  EXPECT_EQ(renewed, 1);
}

TEST_F(CertificateWatchTest, TakesUpANewAuthority) {
  start();
  install(TestCa(folder, "next-ca").certificate(), options.ca_file);
  loop.advance(60s);
  EXPECT_EQ(renewed, 1);
}

TEST_F(CertificateWatchTest, WaitsUntilTheKeyOfANewCertificateIsThereToo) {
  start();
  const CertificateFiles next = issue("20280301120000Z");
  install(next.certificate, options.cert_file);
  loop.advance(2h);
  EXPECT_EQ(renewed, 0);
  EXPECT_EQ(problem(), "TLS: cannot use private key " + options.key_file + " with mqtt.cert_file " +
                           options.cert_file + ": key values mismatch");
  EXPECT_EQ(watch->status().expiry->at, kEnd);  // what is in use
  install(next.key, options.key_file);
  loop.advance(60s);
  EXPECT_EQ(renewed, 1);
  EXPECT_EQ(problem(), "");
}

TEST_F(CertificateWatchTest, FindsThatAKeyOfAnotherKindDoesNotFit) {
  start();
  ASSERT_TRUE(run_command(folder, "openssl genrsa -out " + folder.file("rsa.key") + " 2048"));
  install(folder.file("rsa.key"), options.key_file);
  watch->look();
  EXPECT_EQ(renewed, 0);
  EXPECT_TRUE(problem().starts_with("TLS: cannot use private key " + options.key_file)) << problem();
}

TEST_F(CertificateWatchTest, DoesNotTakeAKeyThatOthersCanReadUntilItIsClosed) {
  start();
  const CertificateFiles next = issue("20280301120000Z");
  fs::permissions(next.key, fs::perms::others_read, fs::perm_options::add);
  install(next);
  loop.advance(60s);
  EXPECT_EQ(renewed, 0);
  EXPECT_EQ(problem(),
            "mqtt.key_file " + options.key_file + ": a private key that everyone may use; chmod o= it");
  fs::permissions(options.key_file, fs::perms::others_all, fs::perm_options::remove);
  loop.advance(60s);
  EXPECT_EQ(renewed, 1);
  EXPECT_EQ(problem(), "");
}

TEST_F(CertificateWatchTest, KeepsTheConnectionWhenAFileGoesOrIsHalfWritten) {
  start();
  fs::remove(options.ca_file);
  watch->look();
  EXPECT_EQ(problem(), "mqtt.ca_file " + options.ca_file + ": No such file or directory");
  install(site.certificate(), options.ca_file);
  fs::resize_file(options.cert_file, fs::file_size(options.cert_file) / 2);
  watch->look();
  EXPECT_TRUE(problem().starts_with("TLS: cannot use mqtt.cert_file " + options.cert_file)) << problem();
  EXPECT_EQ(renewed, 0);
}

TEST_F(CertificateWatchTest, DoesNotExchangeACertificateForOneThatHasExpired) {
  start();
  install(issue("20261120235959Z"));
  watch->look();
  EXPECT_EQ(renewed, 0);
  EXPECT_EQ(problem(), "mqtt.cert_file " + options.cert_file + ", \"gw\" expired on 2026-11-20T23:59:59Z");
}

TEST_F(CertificateWatchTest, DoesNotHoldAnExpiryAgainstACertificateWhileTheClockIsUnsynced) {
  clock.set_state(ClockState::kUnsynced);
  start();
  install(issue("20261120235959Z"));
  watch->look();
  EXPECT_EQ(renewed, 1);
}

TEST_F(CertificateWatchTest, HasItTriedAgainWhenFilesThatWereOfNoUseAtTheStartAreMended) {
  const fs::perms closed = fs::status(options.key_file).permissions();
  fs::permissions(options.key_file, fs::perms::others_read, fs::perm_options::add);
  start();
  EXPECT_FALSE(watch->status().expiry);
  loop.advance(1h);
  EXPECT_EQ(renewed, 0);
  fs::permissions(options.key_file, closed);
  loop.advance(60s);
  EXPECT_EQ(renewed, 1);
  EXPECT_EQ(watch->status().expiry->at, kEnd);
}

TEST_F(CertificateWatchTest, CountsTheDaysUntilTheFirstOfAllCertificatesEnds) {
  start();
  const auto expiry = watch->status().expiry;
  ASSERT_TRUE(expiry);
  EXPECT_EQ(expiry->at, kEnd);
  EXPECT_EQ(expiry->certificate, "mqtt.cert_file " + options.cert_file + ", \"gw\"");
  EXPECT_EQ(expiry->days, 100);  // and a half
  loop.advance(kEnd - 1ms - kNow);
  EXPECT_EQ(watch->status().expiry->days, 0);
  loop.advance(2ms);
  EXPECT_EQ(watch->status().expiry->days, -1);
  clock.set_state(ClockState::kHoldover);
  EXPECT_EQ(watch->status().expiry->days, -1);
  clock.set_state(ClockState::kUnsynced);
  EXPECT_EQ(watch->status().expiry->days, std::nullopt);
}

TEST_F(CertificateWatchTest, CountsTheCertificatesBetweenOursAndTheAuthority) {
  const CertificateFiles between = issue("20270101000000Z");
  ASSERT_TRUE(run_command(folder, "(cat " + between.certificate + " >> " + options.cert_file + ")"));
  start();
  EXPECT_EQ(watch->status().expiry->at, UtcTime(sys_days{2027y / January / 1}));
}

TEST_F(CertificateWatchTest, FindsTheAuthorityThatEndsFirstInABundle) {
  const CertificateFiles old = site.issue("old-ca", "DNS:old", TestCa::kPast, "20261231235959Z");
  ASSERT_TRUE(run_command(folder, "(cat " + old.certificate + " >> " + options.ca_file + ")"));
  start();
  const auto expiry = watch->status().expiry;
  EXPECT_EQ(expiry->certificate, "mqtt.ca_file " + options.ca_file + ", \"old-ca\"");
  EXPECT_EQ(expiry->days, 40);
}

TEST_F(CertificateWatchTest, DoesNotExchangeACrlForOneThatHasExpired) {
  start();
  const std::string authority = output_of("cat '" + site.certificate() + "'");
  install(folder.write("bundle", authority + site.crl(TestCa::kPast, "20261120000000Z")), options.ca_file);
  watch->look();
  EXPECT_EQ(renewed, 0);
  EXPECT_EQ(problem(),
            "the CRL of \"site-ca\" in mqtt.ca_file " + options.ca_file + " expired on 2026-11-20T00:00:00Z");
  install(folder.write("bundle", authority + site.crl(TestCa::kPast, "20261122000000Z")), options.ca_file);
  watch->look();
  EXPECT_EQ(renewed, 1);
  EXPECT_EQ(problem(), "");
}

TEST_F(CertificateWatchTest, HasNothingToDoWithoutTls) {
  options.tls = false;
  options.ca_file.clear();
  options.cert_file.clear();
  options.key_file.clear();
  start();
  loop.advance(1h);
  watch->look();
  EXPECT_EQ(renewed, 0);
  EXPECT_FALSE(watch->status().expiry);
  EXPECT_EQ(problem(), "");
}

}  // namespace
}  // namespace submeter::publish
