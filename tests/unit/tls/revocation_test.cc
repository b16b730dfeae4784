// SPDX-License-Identifier: Apache-2.0
#include "tls/revocation.h"

#include <gtest/gtest.h>

#include "tests/unit/tls/handshake.h"
#include "tls/verification_time.h"

namespace submeter::tls {
namespace {

using namespace std::chrono;

/// Nobody has a CRL here: what matters is who asks for one.
class Revocation : public ::testing::Test {
 protected:
  ~Revocation() override {
    check_revocation(false);
    verify_as_of({});
  }
  std::string foreign() const { return server.greet_foreign_client("broker.example", server.ca_file()); }

  const Server server{{"20200101000000Z", "20370101000000Z"}};
};

TEST_F(Revocation, IsAskedForByEveryClientOnceItIsRequired) {
  EXPECT_EQ(foreign(), "ok");
  check_revocation(true);
  EXPECT_EQ(foreign(), "unable to get certificate CRL");
  check_revocation(false);
  EXPECT_EQ(foreign(), "ok");
}

// Modbus/TCP Security shares the process with a broker that has CRLs.
TEST_F(Revocation, IsNoMatterOfOurClientsWithoutACrl) {
  check_revocation(true);
  EXPECT_EQ(server.greet_our_client(), "ok");
}

TEST_F(Revocation, LeavesTheRestOfTheVerdictToOurClients) {
  check_revocation(true);
  verify_as_of(sys_days{2038y / January / 1});
  EXPECT_EQ(foreign(), "unable to get certificate CRL");
  EXPECT_EQ(server.greet_our_client(),
            "TLS: broker's certificate expired on 2037-01-01T00:00:00Z (verified as of 2038-01-01T00:00:00Z, "
            "the newest time known to be past)");
}

TEST_F(Revocation, DoesNotComeWithAFileOfCertificates) {
  EXPECT_FALSE(file_holds_crls(server.ca_file()));
  EXPECT_FALSE(file_holds_crls(""));
  EXPECT_FALSE(file_holds_crls("/nonexistent/ca.pem"));
}

}  // namespace
}  // namespace submeter::tls
