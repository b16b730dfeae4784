// SPDX-License-Identifier: Apache-2.0
#include "io/tls_stream.h"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <functional>
#include <memory>

#include "tests/support/fake_byte_stream.h"
#include "tests/support/simulated_loop.h"
#include "tls_server.h"

namespace submeter::io {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

Bytes bytes_of(const std::string& text) {
  return {text.begin(), text.end()};
}

struct Told final : ByteStream::Listener {
  int opened = 0;
  std::string received;
  std::vector<std::string> downs;
  std::function<void()> on_each;

  void on_open() override {
    ++opened;
    if (on_each) on_each();
  }
  void on_bytes(std::span<const std::uint8_t> bytes) override {
    received.append(bytes.begin(), bytes.end());
    if (on_each) on_each();
  }
  void on_down(const Error& reason) override {
    downs.push_back(reason.message);
    if (on_each) on_each();
  }
};

/// A stream over a line in virtual time, a server of OpenSSL's at the far end.
class TlsStreamTest : public ::testing::Test {
 protected:
  TlsStreamTest() {
    serve(certificates.sign("server", "DNS:gateway.example,IP:10.0.4.20"), certificates.ca_file());
    make("gateway.example");
  }
  void serve(const CertificateFiles& own, const std::string& trusted, int version = TLS1_3_VERSION) {
    server = std::make_unique<TlsServer>(own, trusted, version);
  }
  void make(const std::string& host) {
    const CertificateFiles client = certificates.sign("client", "");
    make({.host = host,
          .port = 802,
          .tls = TlsOptions{certificates.ca_file(), client.certificate, client.key}});
  }
  void make(const TcpEndpoint& endpoint) {
    auto connection = std::make_unique<test::FakeByteStream>(loop);
    line = connection.get();
    line->far_end = [this](std::span<const std::uint8_t> bytes) { answer(server->receive(bytes)); };
    stream = std::make_unique<TlsStream>(loop, std::move(connection), endpoint);
    stream->set_listener(told);
  }
  /// What the server sends comes a millisecond later, in pieces of `chunk` bytes.
  void answer(const Bytes& bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += chunk) {
      const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
      const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(std::min(at + chunk, bytes.size()));
      line->arrive_after(1ms, Bytes(begin, end));
    }
  }
  bool open() {
    server->accept();
    const int opened = told.opened;
    const std::size_t downs = told.downs.size();
    stream->open();
    EXPECT_EQ(told.opened, opened);
    loop.run_until([&] { return told.opened > opened || told.downs.size() > downs; }, 20s);
    return told.opened > opened;
  }
  std::string refusal() {
    EXPECT_FALSE(open());
    return told.downs.empty() ? "" : told.downs.back();
  }

  Certificates certificates;
  test::SimulatedLoop loop;
  std::unique_ptr<TlsServer> server;
  test::FakeByteStream* line = nullptr;
  std::unique_ptr<TlsStream> stream;
  Told told;
  std::size_t chunk = 1 << 20;
};

TEST_F(TlsStreamTest, CarriesBytesBothWays) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    serve(certificates.sign("server", "DNS:gateway.example"), certificates.ca_file(), version);
    make("gateway.example");
    told.received.clear();
    ASSERT_TRUE(open()) << told.downs.back();
    EXPECT_EQ(server->version(), version == TLS1_3_VERSION ? "TLSv1.3" : "TLSv1.2");
    EXPECT_EQ(server->asked_name(), "gateway.example");
    stream->write(bytes_of("request"));
    EXPECT_EQ(server->received, "request");
    answer(server->send("answer"));
    loop.advance(1s);
    EXPECT_EQ(told.received, "answer");
    stream->close();
    EXPECT_TRUE(server->closed);
  }
  EXPECT_EQ(stream->describe(), "fake line TLS");
}

TEST_F(TlsStreamTest, DoesNotMindHowItsBytesAreCut) {
  chunk = 1;
  ASSERT_TRUE(open());
  answer(server->send(std::string(3'000, 'x')));
  answer(server->send("last"));
  loop.advance(1s);
  EXPECT_EQ(told.received, std::string(3'000, 'x') + "last");
}

TEST_F(TlsStreamTest, DeliversHeldBytesWhenTheHoldEnds) {
  ASSERT_TRUE(open());
  stream->hold_input_until(loop.now() + 50ms);
  answer(server->send("ear"));
  answer(server->send("ly"));
  loop.advance(49ms);
  EXPECT_EQ(told.received, "");
  loop.advance(1ms);
  EXPECT_EQ(told.received, "early");
}

TEST_F(TlsStreamTest, VerifiesAnAddressLikeAName) {
  make("10.0.4.20");
  EXPECT_TRUE(open());
  EXPECT_EQ(server->asked_name(), "");
  make("10.0.4.21");
  EXPECT_EQ(
      refusal(),
      "TLS: server's certificate is for \"gateway.example\", \"10.0.4.20\", not for \"10.0.4.21\" (host)");
}

TEST_F(TlsStreamTest, RefusesTheWrongHost) {
  serve(certificates.sign("server", "DNS:other.example"), certificates.ca_file());
  EXPECT_EQ(refusal(),
            "TLS: server's certificate is for \"other.example\", not for \"gateway.example\" (host)");
}

TEST_F(TlsStreamTest, RefusesAnUnknownCa) {
  Certificates others("Another CA");
  serve(others.sign("server", "DNS:gateway.example"), certificates.ca_file());
  EXPECT_EQ(refusal(),
            "TLS: unknown CA: server's certificate was issued by \"Another CA\", which is not in ca_file " +
                certificates.ca_file());
}

TEST_F(TlsStreamTest, RefusesAnExpiredCertificate) {
  serve(certificates.sign("server", "DNS:gateway.example", -1), certificates.ca_file());
  EXPECT_EQ(refusal().substr(0, 39), "TLS: server's certificate expired on 20");
}

TEST_F(TlsStreamTest, RefusesOldTls) {
  serve(certificates.sign("server", "DNS:gateway.example"), certificates.ca_file(), TLS1_1_VERSION);
  EXPECT_EQ(refusal(), "TLS: server does not speak TLS 1.2 or newer");
}

TEST_F(TlsStreamTest, SaysThatTheServerRefusedOurCertificate) {
  const Certificates others("Another CA");
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    serve(certificates.sign("server", "DNS:gateway.example"), others.ca_file(), version);
    make("gateway.example");
    EXPECT_EQ(refusal(), "TLS: server refused our certificate: unknown CA; check cert_file " +
                             certificates.file("client.pem"));
  }
}

TEST_F(TlsStreamTest, SaysSoAlsoWhereTheServerTrustsAnotherCaOfTheSameName) {
  const Certificates others;
  serve(certificates.sign("server", "DNS:gateway.example"), others.ca_file());
  EXPECT_EQ(refusal(), "TLS: server refused our certificate: decrypt error; check cert_file " +
                           certificates.file("client.pem"));
}

TEST_F(TlsStreamTest, SuspectsOurCertificateWhereTheServerGoesWithoutAWord) {
  server->send_no_tickets();
  server->accept();
  stream->open();
  loop.advance(100ms);
  ASSERT_EQ(told.opened, 0);
  line->fall("closed");
  ASSERT_EQ(told.downs.size(), 1U);
  EXPECT_EQ(told.downs[0],
            "TLS: fake line broke off after the handshake: does it take our certificate, cert_file " +
                certificates.file("client.pem") + "?");
}

TEST_F(TlsStreamTest, OpensAlsoWhereTheServerIsSilentAfterTheHandshake) {
  server->send_no_tickets();
  const MonoTime begin = loop.now();
  ASSERT_TRUE(open());
  EXPECT_GE(loop.now() - begin, TlsStream::kTimeToRefuse);
  EXPECT_LT(loop.now() - begin, TlsStream::kTimeToRefuse + 10ms);
}

TEST_F(TlsStreamTest, SaysThatThePortDoesNotSpeakTls) {
  line->far_end = [this](std::span<const std::uint8_t>) { answer(bytes_of("HTTP/1.1 400 Bad Request\r\n")); };
  EXPECT_EQ(refusal(), "TLS: gateway.example:802 does not speak TLS; is it the port for TLS?");
}

TEST_F(TlsStreamTest, GivesUpWhereTheHandshakeIsNotAnswered) {
  line->far_end = [](std::span<const std::uint8_t>) {};
  const MonoTime begin = loop.now();
  EXPECT_EQ(refusal(), "TLS: no answer to the handshake from gateway.example:802; is it a TLS port?");
  EXPECT_EQ(loop.now() - begin, TlsStream::kOpenTimeout);
  EXPECT_FALSE(line->is_open());
}

TEST_F(TlsStreamTest, SaysThatTheConnectionBrokeInTheHandshake) {
  line->far_end = [this](std::span<const std::uint8_t>) {
    loop.post([this] { line->fall("it was reset"); });
  };
  EXPECT_EQ(refusal(), "TLS: handshake not finished: it was reset; is it a TLS port?");
}

TEST_F(TlsStreamTest, PassesOnWhyThereIsNoConnection) {
  line->refusal = "connection refused";
  EXPECT_EQ(refusal(), "connection refused");
}

TEST_F(TlsStreamTest, TellsThatTheServerSaidGoodByeAfterItsLastWords) {
  ASSERT_TRUE(open());
  answer(server->send("last"));
  answer(server->close());
  loop.advance(1s);
  EXPECT_EQ(told.received, "last");
  ASSERT_EQ(told.downs.size(), 1U);
  EXPECT_EQ(told.downs[0], "fake line closed the connection: does it allow one client more?");
}

TEST_F(TlsStreamTest, ReadsItsFilesAtEachOpen) {
  ASSERT_TRUE(open());
  stream->close();
  std::ofstream(certificates.file("client.key")) << "no key";
  EXPECT_EQ(refusal().substr(0, 28), "TLS: cannot use private key ");
  certificates.sign("client", "");
  EXPECT_TRUE(open());
}

TEST_F(TlsStreamTest, BreaksOnBytesThatWereTamperedWith) {
  ASSERT_TRUE(open());
  Bytes record = server->send("answer");
  record.back() ^= 1U;
  answer(record);
  loop.advance(1s);
  EXPECT_EQ(told.received, "");
  ASSERT_EQ(told.downs.size(), 1U);
  EXPECT_EQ(told.downs[0].substr(0, 39), "TLS: connection to fake line broke: dec");
}

TEST_F(TlsStreamTest, SaysNothingMoreOnceItIsClosedAtAnyPointOfOpening) {
  for (int turns = 0; turns < 8; ++turns) {
    server->accept();
    told.opened = 0;
    stream->open();
    for (int i = 0; i < turns; ++i) loop.advance(500us);
    const int opened = told.opened;
    stream->close();
    loop.advance(20s);
    EXPECT_EQ(told.opened, opened);
    EXPECT_TRUE(told.downs.empty());
  }
}

TEST_F(TlsStreamTest, MayBeClosedByWhoListens) {
  told.on_each = [this] { stream->close(); };
  ASSERT_TRUE(open());
  told.on_each = {};
  ASSERT_TRUE(open());
  told.on_each = [this] { stream->close(); };
  answer(server->send("answer"));
  answer(server->send("more"));
  loop.advance(1s);
  EXPECT_EQ(told.received, "answer");
  EXPECT_TRUE(told.downs.empty());
}

}  // namespace
}  // namespace submeter::io
