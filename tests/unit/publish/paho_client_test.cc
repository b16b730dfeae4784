// SPDX-License-Identifier: Apache-2.0
// The client against a real Mosquitto and, where that would not do, against openssl's own server.
#include "publish/paho_client.h"

#include <sys/stat.h>

#include "tests/unit/publish/paho_client_fixture.h"

// Paho frees neither topic nor payload of a publish that was still queued when its client went (see
// MQTTAsync_NULLPublishCommands in its source); the tests that throw such clients away would fail for it.
extern "C" const char* __lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "leak:libpaho-mqtt3as\n";
}

namespace submeter::publish {
namespace {

TEST_F(PahoClientTest, PublishesOverVerifiedTls) {
  start_broker(good_server());
  Harness harness(options);
  ASSERT_EQ(harness.connect(), "connected");
  EXPECT_EQ(harness.receive_maximum(), 65535);
  EXPECT_TRUE(harness.publish_and_wait(7, "a/last", "{\"v\":1}", QoS::kAtMostOnce));
  EXPECT_TRUE(harness.publish_and_wait(~DeliveryId{0}, "a/sample", "{\"v\":2}", QoS::kAtLeastOnce));
  EXPECT_EQ(retained("a/last"), "{\"v\":1}\n");
  EXPECT_EQ(retained("a/sample"), "{\"v\":2}\n");
  EXPECT_EQ(harness.client().describe(), "mqtts://localhost:" + std::to_string(port));
}

TEST_F(PahoClientTest, TellsTheReceiveMaximumOfMqtt5) {
  start_broker(good_server());
  options.version = MqttVersion::k5;
  Harness harness(options);
  ASSERT_EQ(harness.connect(), "connected");
  EXPECT_EQ(harness.receive_maximum(), 20);  // Mosquitto's max_inflight_messages
  EXPECT_TRUE(harness.publish_and_wait(1, "a/b", "x", QoS::kAtLeastOnce));
}

TEST_F(PahoClientTest, SpeaksPlainMqttWhereAsked) {
  start_plain_broker("allow_anonymous true\n");
  options.tls = false;
  Harness harness(options);
  EXPECT_EQ(harness.connect(), "connected");
  EXPECT_EQ(harness.client().describe(), "mqtt://localhost:" + std::to_string(port));
}

class Sustained : public PahoClientTest, public ::testing::WithParamInterface<MqttVersion> {};

// If the library ever slept on a full window, this would take minutes.
TEST_P(Sustained, KeepsAFullWindowMoving) {
  constexpr DeliveryId kMessages = 5000;
  start_broker(good_server());
  options.version = GetParam();
  Harness harness(options);
  ASSERT_EQ(harness.connect(), "connected");
  const auto window = std::min<DeliveryId>(harness.receive_maximum(), 100);
  DeliveryId next = 1;
  const auto send = [&](DeliveryId) {
    if (next <= kMessages) {
      ASSERT_TRUE(
          harness.client().publish(next++, "a/b", std::string(300, 'x'), QoS::kAtLeastOnce, Retain::kNo));
    }
  };
  harness.on_each_delivery = send;
  const MonoTime began = harness.loop().now();
  for (DeliveryId i = 0; i < window; ++i) send(0);
  EXPECT_TRUE(harness.wait_until([&harness] { return harness.delivered() == kMessages; }));
  const auto seconds = std::chrono::duration<double>(harness.loop().now() - began).count();
  RecordProperty("messages_per_second", static_cast<int>(static_cast<double>(kMessages) / seconds));
}

INSTANTIATE_TEST_SUITE_P(Versions, Sustained, ::testing::Values(MqttVersion::k311, MqttVersion::k5),
                         [](const auto& version) {
                           return version.param == MqttVersion::k5 ? "Mqtt5" : "Mqtt311";
                         });

TEST_F(PahoClientTest, RefusesAnotherCaOfTheSameName) {
  const TemporaryDirectory elsewhere;
  TestCa impostor(elsewhere, "Site-CA");
  start_broker(impostor.issue("localhost", "DNS:localhost"));
  Harness harness(options);
  const std::string reason = harness.connect();
  EXPECT_TRUE(reason.starts_with("TLS: ")) << reason;
  EXPECT_NE(reason.find("Site-CA"), std::string::npos) << reason;
}

TEST_F(PahoClientTest, RefusesWhatTheSystemDoesNotTrust) {
  start_broker(good_server());
  options.ca_file.clear();
  Harness harness(options);
  EXPECT_EQ(harness.connect(),
            "TLS: unknown CA: broker's certificate was issued by \"Site-CA\", which is not in the system's "
            "certificates (mqtt.ca_file is not set)");
}

TEST_F(PahoClientTest, VerifiesAsOfTheTimeThatItIsTold) {
  using std::chrono::year;
  start_broker(site_ca_->issue("localhost", "DNS:localhost", "20350101000000Z", "20360101000000Z"));
  Harness harness(options);
  tls::verify_as_of(UtcTime(std::chrono::sys_days(year(2035) / 6 / 1)));
  EXPECT_EQ(harness.connect(), "connected");
  harness.destroy_client();
  Harness late(options);
  tls::verify_as_of(UtcTime(std::chrono::sys_days(year(2036) / 6 / 1)));
  EXPECT_EQ(late.connect(),
            "TLS: broker's certificate expired on 2036-01-01T00:00:00Z (verified as of 2036-06-01T00:00:00Z, "
            "the newest time known to be past)");
  tls::verify_as_of({});
  EXPECT_EQ(late.connect(),
            "TLS: broker's certificate is not valid before 2035-01-01T00:00:00Z; check the gateway's clock");
}

TEST_F(PahoClientTest, AcceptsACertificateForTheAddress) {
  start_broker(site_ca_->issue("broker", "IP:127.0.0.1"));
  options.host = "127.0.0.1";
  Harness harness(options);
  EXPECT_EQ(harness.connect(), "connected");
}

TEST_F(PahoClientTest, TellsAPortWithoutTls) {
  start_plain_broker("allow_anonymous true\n");
  Harness harness(options);
  const std::string reason = harness.connect();
  EXPECT_NE(reason.find("is it a TLS port?"), std::string::npos) << reason;
}

TEST_F(PahoClientTest, TellsAPortWhereNobodyListens) {
  Harness harness(options);
  EXPECT_EQ(harness.connect(), "127.0.0.1:" + std::to_string(port) +
                                   " refused the connection: no broker listens there (mqtt.url)");
}

TEST_F(PahoClientTest, TellsANameThatDoesNotExist) {
  options.host = "broker.invalid";
  Harness harness(options);
  const std::string reason = harness.connect();
  EXPECT_TRUE(reason.starts_with("cannot look up \"broker.invalid\" (mqtt.url): ")) << reason;
}

TEST_F(PahoClientTest, TellsABadPassword) {
  const std::string passwords = directory_->file("passwords");
  ASSERT_TRUE(run_command(*directory_, "mosquitto_passwd -b -c " + passwords + " gw-0042 right"));
  start_broker(good_server(), "allow_anonymous false\npassword_file " + passwords + "\n");
  options.username = "gw-0042";
  options.password_file = directory_->write("password", "wrong\n");
  for (const MqttVersion version : {MqttVersion::k311, MqttVersion::k5}) {
    options.version = version;
    Harness harness(options);
    const std::string reason = harness.connect();
    EXPECT_NE(reason.find("not authorised"), std::string::npos) << reason;
    EXPECT_NE(reason.find("mqtt.password_file"), std::string::npos) << reason;
  }
}

TEST_F(PahoClientTest, ReadsTheNewPasswordAtTheNextConnect) {
  const std::string passwords = directory_->file("passwords");
  ASSERT_TRUE(run_command(*directory_, "mosquitto_passwd -b -c " + passwords + " gw-0042 right"));
  start_broker(good_server(), "allow_anonymous false\npassword_file " + passwords + "\n");
  options.username = "gw-0042";
  options.password_file = directory_->write("password", "wrong\n");
  Harness harness(options);
  EXPECT_NE(harness.connect(), "connected");
  directory_->write("password", "right\n");
  EXPECT_EQ(harness.connect(), "connected");
}

TEST_F(PahoClientTest, TellsThatTheBrokerWantsALogin) {
  start_broker(good_server(), "allow_anonymous false\n");
  Harness harness(options);
  const std::string reason = harness.connect();
  EXPECT_NE(reason.find("set mqtt.username"), std::string::npos) << reason;
}

TEST_F(PahoClientTest, ShowsItsCertificateWhereTheBrokerWantsOne) {
  start_broker(good_server(), "allow_anonymous true\nrequire_certificate true\n");
  const CertificateFiles own = site_ca_->issue("gw-0042", "DNS:gw-0042");
  options.cert_file = own.certificate;
  options.key_file = own.key;
  Harness harness(options);
  EXPECT_EQ(harness.connect(), "connected");
}

TEST_F(PahoClientTest, TellsThatTheBrokerWantsACertificate) {
  for (const std::string version : {"tlsv1.2", "tlsv1.3"}) {
    start_broker(good_server(),
                 "allow_anonymous true\nrequire_certificate true\ntls_version " + version + "\n");
    Harness harness(options);
    const std::string reason = harness.connect();
    EXPECT_TRUE(reason.starts_with("TLS: broker wants a client certificate")) << version << ": " << reason;
  }
}

TEST_F(PahoClientTest, TellsAKeyThatIsNotItsCertificates) {
  start_broker(good_server());
  options.cert_file = good_server().certificate;
  options.key_file = site_ca_->issue("gw", "DNS:gw").key;
  Harness harness(options);
  const std::string reason = harness.connect();
  EXPECT_TRUE(reason.starts_with("TLS: cannot use private key " + options.key_file)) << reason;
}

TEST_F(PahoClientTest, TellsAKeyThatNeedsAProvider) {
  start_broker(good_server());
  options.cert_file = good_server().certificate;
  for (const auto& [kind, where] :
       {std::pair{"TSS2 PRIVATE KEY", "a TPM"}, {"PKCS#11 PROVIDER URI", "a PKCS#11 token"}}) {
    options.key_file = directory_->write(
        "pointer.key", "-----BEGIN " + std::string(kind) + "-----\nMAA=\n" + "-----END " + kind + "-----\n");
    ASSERT_EQ(::chmod(options.key_file.c_str(), 0600), 0);
    Harness harness(options);
    const std::string reason = harness.connect();
    EXPECT_TRUE(reason.starts_with("TLS: cannot use private key " + options.key_file)) << reason;
    EXPECT_TRUE(reason.ends_with("; the key is in " + std::string(where) +
                                 ": is its provider active in OPENSSL_CONF, and the device there?"))
        << reason;
  }
}

TEST_F(PahoClientTest, RefusesAKeyThatEveryoneMayRead) {
  const CertificateFiles own = site_ca_->issue("gw-0042", "DNS:gw-0042");
  ASSERT_EQ(::chmod(own.key.c_str(), 0644), 0);
  options.cert_file = own.certificate;
  options.key_file = own.key;
  Harness harness(options);
  EXPECT_EQ(harness.connect(),
            "mqtt.key_file " + own.key + ": a private key that everyone may use; chmod o= it");
}

TEST_F(PahoClientTest, TellsAFileThatIsNotThere) {
  options.ca_file = "/nonexistent/ca.pem";
  Harness harness(options);
  EXPECT_EQ(harness.connect(), "mqtt.ca_file /nonexistent/ca.pem: No such file or directory");
}

TEST_F(PahoClientTest, TellsAFileThatIsNoCertificate) {
  start_broker(good_server());
  options.ca_file = directory_->write("empty.pem", "");
  Harness harness(options);
  const std::string reason = harness.connect();
  EXPECT_TRUE(reason.starts_with("TLS: cannot use mqtt.ca_file " + options.ca_file)) << reason;
}

TEST_F(PahoClientTest, TellsWhenTheBrokerGoesAndConnectsWhenItIsBack) {
  start_broker(good_server());
  Harness harness(options);
  ASSERT_EQ(harness.connect(), "connected");
  broker->end();
  EXPECT_EQ(harness.wait_for_end(), "connection lost");
  EXPECT_FALSE(harness.client().publish(1, "a/b", "x", QoS::kAtLeastOnce, Retain::kNo).ok());
  start_broker(good_server());
  EXPECT_EQ(harness.connect(), "connected");
  EXPECT_TRUE(harness.publish_and_wait(1, "a/b", "x", QoS::kAtLeastOnce));
}

TEST_F(PahoClientTest, TellsWhyAnMqtt5BrokerDisconnects) {
  start_broker(good_server(), "allow_anonymous true\nmax_packet_size 200\n");
  options.version = MqttVersion::k5;
  Harness harness(options);
  ASSERT_EQ(harness.connect(), "connected");
  EXPECT_EQ(harness.limits().maximum_packet_size, 200U);
  ASSERT_TRUE(harness.client().publish(1, "a/b", std::string(300, 'x'), QoS::kAtLeastOnce, Retain::kNo));
  EXPECT_EQ(harness.wait_for_end(),
            "broker: packet too large (code 149); check its size limits and mqtt.batch");
}

TEST_F(PahoClientTest, TellsWhichPublishAnMqtt5BrokerRefuses) {
  start_broker(good_server(), "allow_anonymous true\nmessage_size_limit 200\n");
  options.version = MqttVersion::k5;
  Harness harness(options);
  ASSERT_EQ(harness.connect(), "connected");
  EXPECT_EQ(harness.limits().maximum_packet_size, SIZE_MAX);
  ASSERT_TRUE(harness.client().publish(1, "a/b", "x", QoS::kAtLeastOnce, Retain::kNo));
  ASSERT_TRUE(harness.client().publish(7, "a/b", std::string(300, 'x'), QoS::kAtLeastOnce, Retain::kNo));
  ASSERT_TRUE(harness.wait_until([&harness] { return harness.refused().has_value(); }));
  EXPECT_EQ(harness.refused()->first, 7U);
  EXPECT_TRUE(harness.refused()->second.too_large);
  EXPECT_EQ(harness.refused()->second.reason.message,
            "broker: packet too large (code 149); check its size limits and mqtt.batch");
  EXPECT_EQ(harness.delivered(), 1U);
  // Whether the connection stays is not asked: Mosquitto 2.0.11 often ends it after such a refusal.
}

TEST_F(PahoClientTest, TellsWhenAnMqtt5BrokersAclRefusesATopic) {
  directory_->write("acl", "topic write a/#\n");
  start_broker(good_server(), "allow_anonymous true\nacl_file " + directory_->file("acl") + "\n");
  options.version = MqttVersion::k5;
  Harness harness(options);
  ASSERT_EQ(harness.connect(), "connected");
  ASSERT_TRUE(harness.client().publish(1, "b/c", "x", QoS::kAtLeastOnce, Retain::kNo));
  ASSERT_TRUE(harness.wait_until([&harness] { return harness.refused().has_value(); }));
  EXPECT_FALSE(harness.refused()->second.too_large);
  EXPECT_EQ(harness.refused()->second.reason.message,
            "broker: not authorised (code 135); check what it allows this client to publish (ACL)");
}

// Mosquitto acknowledges what its ACL does not let through where MQTT 3.1.1 has no word for it: nobody can
// see that from here. The manual says so.
TEST_F(PahoClientTest, CannotSeeThatAnMqtt311BrokersAclRefusesATopic) {
  directory_->write("acl", "topic write a/#\n");
  start_broker(good_server(), "allow_anonymous true\nacl_file " + directory_->file("acl") + "\n");
  Harness harness(options);
  ASSERT_EQ(harness.connect(), "connected");
  EXPECT_TRUE(harness.publish_and_wait(1, "b/c", "x", QoS::kAtLeastOnce));
}

TEST_F(PahoClientTest, TellsWhyAnMqtt5BrokerRefusesToConnect) {
  start_broker(good_server(), "allow_anonymous true\nretain_available false\n");
  options.version = MqttVersion::k5;
  Harness harness(options);
  const std::string reason = harness.connect();
  EXPECT_TRUE(reason.starts_with("broker: keeps no retained messages (code 154)")) << reason;
}

TEST_F(PahoClientTest, LeavesAWillThatSaysOffline) {
  start_broker(good_server());
  options.topic_root = "will";
  Harness harness(options);
  ASSERT_EQ(harness.connect(), "connected");
  Harness rival(options);
  ASSERT_EQ(rival.connect(), "connected");  // takes the session over: for the broker, the first one vanished
  EXPECT_EQ(harness.wait_for_end(), "connection lost");
  EXPECT_EQ(retained("will/hq/gw/status"), "offline\n");
}

TEST_F(PahoClientTest, ConnectsAgainRightAfterItsOwnDisconnect) {
  start_broker(good_server());
  Harness harness(options);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(harness.connect(), "connected");
    harness.client().disconnect();
  }
}

TEST_F(PahoClientTest, SaysNothingAfterADisconnect) {
  start_broker(good_server());
  Harness harness(options);
  ASSERT_EQ(harness.connect(), "connected");
  for (DeliveryId id = 1; id <= 50; ++id) {
    ASSERT_TRUE(harness.client().publish(id, "a/b", "x", QoS::kAtLeastOnce, Retain::kNo));
  }
  harness.client().disconnect();
  EXPECT_FALSE(
      harness.wait_until([&harness] { return harness.delivered() > 0 || !harness.connected(); }, 300ms));
}

TEST_F(PahoClientTest, MayGoWhileItConnects) {
  start_broker(good_server());
  Harness harness(options);
  harness.client().connect();
  harness.destroy_client();
  EXPECT_FALSE(harness.wait_until([&harness] { return harness.connected(); }, 300ms));
}

TEST_F(PahoClientTest, MayGoWithPublishesUnderWay) {
  start_broker(good_server());
  Harness harness(options);
  ASSERT_EQ(harness.connect(), "connected");
  for (DeliveryId id = 1; id <= 100; ++id) {
    ASSERT_TRUE(harness.client().publish(id, "a/b", "x", QoS::kAtLeastOnce, Retain::kNo));
  }
  harness.destroy_client();
  EXPECT_FALSE(harness.wait_until([&harness] { return harness.delivered() > 0; }, 300ms));
}

}  // namespace
}  // namespace submeter::publish
