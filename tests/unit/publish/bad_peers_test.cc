// SPDX-License-Identifier: Apache-2.0
// Brokers that are not to be trusted, or that do not trust us: each is refused, with a message that says
// which of them it is and what to look at. Peers are Mosquitto and, for what it refuses to be, openssl's own
// server.
#include <arpa/inet.h>
#include <sys/socket.h>

#include <atomic>

#include "core/unique_fd.h"
#include "publish/connect_diagnosis.h"
#include "tests/unit/publish/paho_client_fixture.h"

namespace submeter::publish {
namespace {

class BadPeer;

struct Row {
  const char* name;
  void (*arrange)(BadPeer&);
  std::string says;  // {CA}, {OWN}: the files that mqtt names; {NOW}: some time
};

class BadPeer : public PahoClientTest, public ::testing::WithParamInterface<Row> {
 public:
  static TestCa& site_ca() { return *site_ca_; }
  static const TemporaryDirectory& directory() { return *directory_; }

  using PahoClientTest::good_server;
  using PahoClientTest::options;
  using PahoClientTest::start_broker;

  void broker_with(const std::string& alternative_name, const std::string& not_before = TestCa::kPast,
                   const std::string& not_after = TestCa::kFarFuture) {
    start_broker(site_ca_->issue("localhost", alternative_name, not_before, not_after));
  }
  // One that would talk to whoever accepts it.
  void weak_broker(const CertificateFiles& own) {
    start_broker(own, "allow_anonymous true\nciphers ALL:@SECLEVEL=0\n");
  }
  // It wants a certificate of us.
  void broker_that_asks(const std::string& extra = {}) {
    start_broker(good_server(), "allow_anonymous true\nrequire_certificate true\n" + extra);
  }
  void show(const CertificateFiles& own) {
    options.cert_file = own.certificate;
    options.key_file = own.key;
  }
  void openssl_server(const CertificateFiles& own, std::vector<std::string> extra = {}) {
    std::vector<std::string> command{"openssl", "s_server",      "-accept",        std::to_string(port),
                                     "-cert",   own.certificate, "-key",           own.key,
                                     "-www",    "-cipher",       "ALL:@SECLEVEL=0"};
    command.insert(command.end(), extra.begin(), extra.end());
    broker = std::make_unique<Child>(command, directory_->file("s_server.log"));
    ASSERT_TRUE(wait_for_listener(port));
  }
  // The site's CA and this.
  void trust_with(const std::string& crl) {
    options.ca_file =
        directory_->write("bundle.pem", output_of("cat '" + site_ca_->certificate() + "'") + crl);
  }
  std::string expected(const std::string& reason) const {
    std::string text = GetParam().says;
    for (const auto& [mark, file] : {std::pair{"{CA}", options.ca_file}, {"{OWN}", options.cert_file}}) {
      if (const auto at = text.find(mark); at != std::string::npos)
        text.replace(at, std::string(mark).size(), file);
    }
    constexpr std::size_t kTimeLength = std::string_view("2026-11-20T10:00:00Z").size();
    if (const auto at = text.find("{NOW}"); at != std::string::npos && at < reason.size())
      text.replace(at, 5, reason.substr(at, kTimeLength));
    return text;
  }
};

TEST_P(BadPeer, IsRefusedAndTheReasonIsSaid) {
  ASSERT_NO_FATAL_FAILURE(GetParam().arrange(*this));
  Harness harness(options);
  const std::string reason = harness.connect();
  EXPECT_EQ(reason, expected(reason));
}

const std::vector<Row> kRows{
    {"UnknownCa",
     [](BadPeer& peer) {
       TestCa other(BadPeer::directory(), "Other-CA");
       peer.start_broker(other.issue("localhost", "DNS:localhost"));
     },
     "TLS: unknown CA: broker's certificate was issued by \"Other-CA\", which is not in mqtt.ca_file {CA}"},
    {"SelfSigned",
     [](BadPeer& peer) {
       const std::string base = BadPeer::directory().file("self");
       ASSERT_TRUE(run_command(BadPeer::directory(),
                               "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
                               "-subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout " +
                                   base + ".key -out " + base + ".pem"));
       peer.start_broker({base + ".pem", base + ".key"});
     },
     "TLS: broker's certificate is self-signed, and not in mqtt.ca_file {CA}"},
    {"Expired", [](BadPeer& peer) { peer.broker_with("DNS:localhost", TestCa::kPast, "20210203040506Z"); },
     "TLS: broker's certificate expired on 2021-02-03T04:05:06Z"},
    {"NotYetValid",
     [](BadPeer& peer) { peer.broker_with("DNS:localhost", TestCa::kFuture, TestCa::kFarFuture); },
     "TLS: broker's certificate is not valid before 2098-01-01T00:00:00Z; check the gateway's clock"},
    {"OfAnotherName", [](BadPeer& peer) { peer.broker_with("DNS:other.example"); },
     "TLS: broker's certificate is for \"other.example\", not for \"localhost\" (mqtt.url)"},
    {"OfOtherNamesAndAddresses",
     [](BadPeer& peer) { peer.broker_with("DNS:broker.example,IP:10.0.4.20,IP:::1"); },
     "TLS: broker's certificate is for \"broker.example\", \"10.0.4.20\", \"0:0:0:0:0:0:0:1\", not for "
     "\"localhost\" (mqtt.url)"},
    {"SignedWithSha1",
     [](BadPeer& peer) {
       peer.weak_broker(BadPeer::site_ca().issue("localhost", "DNS:localhost", TestCa::kPast,
                                                 TestCa::kFarFuture, {.digest = "sha1"}));
     },
     "TLS: broker's certificate has a signature that can be forged (ecdsa-with-SHA1); it needs a new one, "
     "signed with SHA-256"},
    {"WithASmallKey",
     [](BadPeer& peer) {
       peer.weak_broker(BadPeer::site_ca().issue("localhost", "DNS:localhost", TestCa::kPast,
                                                 TestCa::kFarFuture, {.key = "rsa:1024"}));
     },
     "TLS: broker's certificate has a key of 1024 bits, which is too small; it needs a new one with a larger "
     "key"},
    {"OfTls11", [](BadPeer& peer) { peer.openssl_server(BadPeer::good_server(), {"-tls1_1"}); },
     "TLS: broker does not speak TLS 1.2 or newer"},
    {"OfAnotherProtocol",
     [](BadPeer& peer) {
       peer.options.alpn = {"x-amzn-mqtt-ca", "mqtt"};
       peer.openssl_server(BadPeer::good_server(), {"-alpn", "http/1.1"});
     },
     "TLS: broker speaks none of mqtt.alpn [x-amzn-mqtt-ca, mqtt]"},
    {"Revoked",
     [](BadPeer& peer) {
       const CertificateFiles own = BadPeer::site_ca().issue("localhost", "DNS:localhost");
       BadPeer::site_ca().revoke(own);
       peer.trust_with(BadPeer::site_ca().crl());
       peer.start_broker(own);
     },
     "TLS: broker's certificate was revoked by \"Site-CA\" on {NOW} (CRL in mqtt.ca_file {CA})"},
    {"WithAnExpiredCrl",
     [](BadPeer& peer) {
       peer.trust_with(BadPeer::site_ca().crl(TestCa::kPast, "20210203040506Z"));
       peer.start_broker(BadPeer::good_server());
     },
     "TLS: the CRL of \"Site-CA\" expired on 2021-02-03T04:05:06Z; put its newest one into mqtt.ca_file "
     "{CA}"},
    {"WithACrlOfTheFuture",
     [](BadPeer& peer) {
       peer.trust_with(BadPeer::site_ca().crl(TestCa::kFuture, TestCa::kFarFuture));
       peer.start_broker(BadPeer::good_server());
     },
     "TLS: the CRL of \"Site-CA\" in mqtt.ca_file {CA} is not valid before 2098-01-01T00:00:00Z; check the "
     "gateway's clock"},
    {"WithTheCrlOfAnotherIssuer",
     [](BadPeer& peer) {
       TestCa other(BadPeer::directory(), "Other-CA");
       peer.trust_with(other.crl());
       peer.start_broker(BadPeer::good_server());
     },
     "TLS: mqtt.ca_file {CA} has CRLs, but none of \"Site-CA\", which issued the broker's certificate; add "
     "its "
     "CRL"},
    {"WithTheCrlOfAnImpostor",
     [](BadPeer& peer) {
       const TemporaryDirectory elsewhere;
       TestCa impostor(elsewhere, "Site-CA");
       peer.trust_with(impostor.crl());
       peer.start_broker(BadPeer::good_server());
     },
     "TLS: the CRL of \"Site-CA\" in mqtt.ca_file {CA} is not signed by the \"Site-CA\" there, but by "
     "another "
     "of that name"},
    {"ThatWantsACertificateOfAnotherCaInTls12",
     [](BadPeer& peer) {
       TestCa other(BadPeer::directory(), "Other-CA");
       peer.show(other.issue("gw-0042", "DNS:gw-0042"));
       peer.broker_that_asks("tls_version tlsv1.2\n");
     },
     "TLS: broker refused our certificate: unknown CA; check mqtt.cert_file {OWN}"},
    {"ThatWantsACertificateOfAnotherCaInTls13",
     [](BadPeer& peer) {
       TestCa other(BadPeer::directory(), "Other-CA");
       peer.show(other.issue("gw-0042", "DNS:gw-0042"));
       peer.broker_that_asks("tls_version tlsv1.3\n");
     },
     "TLS: broker refused our certificate: unknown CA; check mqtt.cert_file {OWN}"},
    {"ThatFindsOurCertificateExpired",
     [](BadPeer& peer) {
       peer.show(BadPeer::site_ca().issue("gw-0042", "DNS:gw-0042", TestCa::kPast, "20210203040506Z"));
       peer.broker_that_asks();
     },
     "TLS: broker refused our certificate: certificate expired; check mqtt.cert_file {OWN}"},
    {"ThatFindsOurCertificateRevoked",
     [](BadPeer& peer) {
       const CertificateFiles own = BadPeer::site_ca().issue("gw-0042", "DNS:gw-0042");
       BadPeer::site_ca().revoke(own);
       peer.show(own);
       peer.broker_that_asks("crlfile " + BadPeer::directory().write("site.crl", BadPeer::site_ca().crl()) +
                             "\n");
     },
     "TLS: broker refused our certificate: certificate revoked; check mqtt.cert_file {OWN}"},
};

INSTANTIATE_TEST_SUITE_P(Each, BadPeer, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

// The flag that makes Paho look is of the process: it follows the file from connection to connection.
TEST_F(PahoClientTest, GoesByTheCrlsThatItsFileHasNow) {
  start_broker(good_server());
  const std::string ca = output_of("cat '" + site_ca_->certificate() + "'");
  TestCa other(*directory_, "Other-CA");
  const std::string others = other.crl();
  options.ca_file = directory_->write("bundle.pem", ca + site_ca_->crl());
  Harness harness(options);
  EXPECT_EQ(harness.connect(), "connected");
  harness.client().disconnect();
  directory_->write("bundle.pem", ca + others);
  EXPECT_NE(harness.connect().find("none of \"Site-CA\""), std::string::npos);
  directory_->write("bundle.pem", ca);
  EXPECT_EQ(harness.connect(), "connected");
}

// The kernel takes the connection; nobody ever reads from it.
TEST_F(PahoClientTest, TellsAPeerThatNeverAnswersTheHandshake) {
  const core::UniqueFd silent(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(silent.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(silent.get(), 8), 0);
  const std::atomic<bool> cancelled = false;
  EXPECT_EQ(diagnose_connection(options, cancelled).message,
            "TLS: no answer to the handshake from localhost:" + std::to_string(port) + "; is it a TLS port?");
}

}  // namespace
}  // namespace submeter::publish
