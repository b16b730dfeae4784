// SPDX-License-Identifier: Apache-2.0
#include "tls/verification_time.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/unit/tls/handshake.h"

namespace submeter::tls {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

// Within what 32 bits of seconds can say.
constexpr Validity kOf2036{"20360101000000Z", "20370101000000Z"};
constexpr UtcTime kBegin2036 = sys_days{2036y / January / 1};
constexpr UtcTime kBegin2037 = sys_days{2037y / January / 1};

/// Each test begins and ends with the system's time.
class VerificationTime : public ::testing::Test {
 protected:
  VerificationTime() { verify_as_of({}); }
  ~VerificationTime() override { verify_as_of({}); }

  const Server server{kOf2036};
};

TEST_F(VerificationTime, IsTheSystemsUnlessItIsGiven) {
  EXPECT_EQ(server.greet_foreign_client("broker.example", server.ca_file()), "certificate is not yet valid");
  EXPECT_EQ(server.greet_our_client(),
            "TLS: broker's certificate is not valid before 2036-01-01T00:00:00Z; check the gateway's clock");
  const Server valid({"20200101000000Z", "20370101000000Z"});
  EXPECT_EQ(valid.greet_foreign_client("broker.example", valid.ca_file()), "ok");
  EXPECT_EQ(valid.greet_our_client(), "ok");
}

TEST_F(VerificationTime, LetsACertificatePassThatIsValidThen) {
  verify_as_of(kBegin2036 + 24h);
  EXPECT_EQ(server.greet_foreign_client("broker.example", server.ca_file()), "ok");
  EXPECT_EQ(server.greet_our_client(), "ok");
}

TEST_F(VerificationTime, CountsWholeSeconds) {
  const auto verdict = [&](UtcTime time) {
    verify_as_of(time);
    return server.greet_foreign_client("broker.example", server.ca_file());
  };
  EXPECT_EQ(verdict(kBegin2036 - 1ms), "certificate is not yet valid");
  EXPECT_EQ(verdict(kBegin2036), "ok");
  EXPECT_EQ(verdict(kBegin2036 + 1ms), "ok");
  EXPECT_EQ(verdict(kBegin2037 - 1s), "ok");
  EXPECT_EQ(verdict(kBegin2037 + 1s), "certificate has expired");
}

TEST_F(VerificationTime, RefusesACertificateThatHasExpiredThenAndSaysAsOfWhen) {
  const Server valid_today({"20200101000000Z", "20360101000000Z"});
  verify_as_of(kBegin2036 + 1h);
  EXPECT_EQ(valid_today.greet_foreign_client("broker.example", valid_today.ca_file()),
            "certificate has expired");
  EXPECT_EQ(valid_today.greet_our_client(),
            "TLS: broker's certificate expired on 2036-01-01T00:00:00Z (verified as of 2036-01-01T01:00:00Z, "
            "the newest time known to be past)");
}

TEST_F(VerificationTime, RefusesACertificateThatIsNotValidYetThenAndSaysAsOfWhen) {
  verify_as_of(kBegin2036 - 1s);
  EXPECT_EQ(server.greet_our_client(),
            "TLS: broker's certificate is not valid before 2036-01-01T00:00:00Z (verified as of "
            "2035-12-31T23:59:59Z, the newest time known to be past); check the gateway's clock");
}

TEST_F(VerificationTime, ChangesNothingAboutNameChainAndPurpose) {
  verify_as_of(kBegin2036 + 24h);
  EXPECT_EQ(server.greet_foreign_client("other.example", server.ca_file()), "hostname mismatch");
  const Server another(kOf2036);
  EXPECT_EQ(server.greet_foreign_client("broker.example", another.ca_file()),
            "certificate signature failure");
  const Server of_clients(kOf2036, "clientAuth");
  EXPECT_EQ(of_clients.greet_foreign_client("broker.example", of_clients.ca_file()),
            "unsuitable certificate purpose");
}

TEST_F(VerificationTime, IsTheSystemsAgainOnceItIsGivenUp) {
  for (int i = 0; i < 2; ++i) {
    verify_as_of(kBegin2036 + 24h);
    EXPECT_EQ(server.greet_our_client(), "ok");
    verify_as_of({});
    EXPECT_EQ(server.greet_foreign_client("broker.example", server.ca_file()),
              "certificate is not yet valid");
  }
}

TEST_F(VerificationTime, OfTheBuildIsPast) {
  EXPECT_GT(build_time(), UtcTime(sys_days{2026y / January / 1}));
  EXPECT_LE(build_time(), file_clock::to_sys(std::filesystem::last_write_time("/proc/self/exe")));
}

}  // namespace
}  // namespace submeter::tls
