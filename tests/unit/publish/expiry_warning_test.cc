// SPDX-License-Identifier: Apache-2.0
#include "publish/expiry_warning.h"

#include <gtest/gtest.h>

namespace submeter::publish {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

constexpr UtcTime kEnd = sys_days{2027y / March / 1};

class ExpiryWarningTest : public ::testing::Test {
 protected:
  ExpiryWarningTest() { warning.watch(tls::Expiry{.at = kEnd, .subject = "\"gw\""}); }

  bool due_before_end(milliseconds left) { return warning.due(kEnd - left, MonoTime(365 * 24h - left)); }

  ExpiryWarning warning;
};

TEST_F(ExpiryWarningTest, IsGivenOnceFromThirtyDaysAhead) {
  EXPECT_FALSE(due_before_end(days(30) + 1ms));
  EXPECT_FALSE(due_before_end(days(30)));
  EXPECT_TRUE(due_before_end(days(30) - 1ms));
  EXPECT_FALSE(due_before_end(days(29)));
  EXPECT_FALSE(due_before_end(days(8)));
}

TEST_F(ExpiryWarningTest, IsGivenOnceADayFromSevenDaysAhead) {
  EXPECT_TRUE(due_before_end(days(8)));
  EXPECT_FALSE(due_before_end(days(7)));
  EXPECT_TRUE(due_before_end(days(7) - 1ms));
  EXPECT_FALSE(due_before_end(days(6)));
  EXPECT_TRUE(due_before_end(days(6) - 1ms));
  EXPECT_TRUE(due_before_end(days(1)));
  EXPECT_TRUE(due_before_end(-days(1)));  // past the end
  EXPECT_FALSE(due_before_end(-days(1) - 23h));
}

TEST_F(ExpiryWarningTest, IsGivenAtOnceForACertificateThatHasEnded) {
  EXPECT_TRUE(due_before_end(-days(400)));
}

TEST_F(ExpiryWarningTest, IsGivenAnewForAnotherCertificateOnly) {
  EXPECT_TRUE(due_before_end(days(20)));
  warning.watch(tls::Expiry{.at = kEnd, .subject = "\"gw\""});
  EXPECT_FALSE(due_before_end(days(19)));
  warning.watch(tls::Expiry{.at = kEnd + 1s, .subject = "\"gw\""});
  EXPECT_TRUE(due_before_end(days(18)));
}

TEST_F(ExpiryWarningTest, IsNotGivenWithoutACertificate) {
  warning.watch(std::nullopt);
  EXPECT_FALSE(due_before_end(days(1)));
}

}  // namespace
}  // namespace submeter::publish
