// SPDX-License-Identifier: Apache-2.0
// The client against a real Mosquitto and, where that would not do, against openssl's own server.
#include "publish/paho_client.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <optional>
#include <set>

#include "core/epoll_loop.h"
#include "tests/unit/publish/local_broker.h"
#include "tls/verification_time.h"

// Paho frees neither topic nor payload of a publish that was still queued when its client went (see
// MQTTAsync_NULLPublishCommands in its source); the tests that throw such clients away would fail for it.
extern "C" const char* __lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "leak:libpaho-mqtt3as\n";
}

namespace submeter::publish {
namespace {

using namespace std::chrono_literals;

// A client on a real loop. Every wait ends by itself after half a minute.
class Harness : MqttClient::Listener {
 public:
  explicit Harness(const MqttOptions& options)
      : deadline_(loop_, [this] { loop_.stop(); }),
        client_(std::make_unique<PahoClient>(loop_, options, make_session({"hq", "gw"}, options))) {
    client_->set_listener(*this);
  }

  bool wait_until(std::function<bool()> condition, Duration limit = 30s) {
    condition_ = std::move(condition);
    if (condition_()) return true;
    deadline_.start_after(limit);
    loop_.run();
    deadline_.cancel();
    return condition_();
  }
  /// What connecting ends in: "connected", or why not.
  std::string connect() {
    error_.reset();
    client_->connect();
    wait_until([this] { return connected_ || error_; });
    return connected_ ? "connected" : error_.value_or("nothing heard");
  }
  std::string wait_for_end() {
    wait_until([this] { return !connected_; });
    return error_.value_or("nothing heard");
  }
  bool publish_and_wait(DeliveryId id, const std::string& topic, const std::string& payload, QoS qos) {
    return client_->publish(id, topic, payload, qos, Retain::kYes).ok() &&
           wait_until([this, id] { return delivered_.count(id) == 1; });
  }

  PahoClient& client() { return *client_; }
  void destroy_client() { client_.reset(); }
  std::uint16_t receive_maximum() const { return limits_.receive_maximum; }
  const BrokerLimits& limits() const { return limits_; }
  const std::optional<std::pair<DeliveryId, Refusal>>& refused() const { return refused_; }
  std::size_t delivered() const { return delivered_.size(); }
  bool connected() const { return connected_; }
  std::function<void(DeliveryId)> on_each_delivery = [](DeliveryId) {};
  core::EpollLoop& loop() { return loop_; }

 private:
  void on_connected(const BrokerLimits& limits) override {
    connected_ = true;
    limits_ = limits;
    check();
  }
  void on_disconnected(const Error& reason) override {
    connected_ = false;
    error_ = reason.message;
    check();
  }
  void on_delivered(DeliveryId id) override {
    EXPECT_TRUE(delivered_.insert(id).second) << "told twice of " << id;
    on_each_delivery(id);
    check();
  }
  void on_refused(DeliveryId id, const Refusal& refusal) override {
    refused_ = {id, refusal};
    check();
  }
  void check() {
    if (condition_ && condition_()) loop_.stop();
  }

  core::EpollLoop loop_;
  Timer deadline_;
  std::function<bool()> condition_;
  bool connected_ = false;
  BrokerLimits limits_;
  std::optional<std::pair<DeliveryId, Refusal>> refused_;
  std::optional<std::string> error_;
  std::set<DeliveryId> delivered_;
  std::unique_ptr<PahoClient> client_;
};

class PahoClientTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    tls::verify_as_of({});  // the first time, before there are Paho's threads
    directory_ = std::make_unique<TemporaryDirectory>();
    site_ca_ = std::make_unique<TestCa>(*directory_, "Site-CA");
    good_server_ = site_ca_->issue("localhost", "DNS:localhost");
  }
  static void TearDownTestSuite() {
    site_ca_.reset();
    directory_.reset();
  }

  PahoClientTest() {
    // Paho would take its way through them.
    ::unsetenv("http_proxy");
    ::unsetenv("https_proxy");
    options.host = "localhost";
    options.port = port;
    options.client_id = "gw-0042";
    options.ca_file = site_ca_->certificate();
  }

  // More lines for its configuration in `extra`.
  void start_broker(const CertificateFiles& server, const std::string& extra = "allow_anonymous true\n") {
    start_plain_broker("certfile " + server.certificate + "\nkeyfile " + server.key + "\ncafile " +
                       site_ca_->certificate() + "\n" + extra);
  }
  void start_plain_broker(const std::string& extra) {
    const std::string configuration = directory_->write(
        "mosquitto-" + std::to_string(port) + ".conf",
        "user root\nper_listener_settings false\nmax_queued_messages 0\npersistence false\nlistener " +
            std::to_string(port) + " 127.0.0.1\n" + extra);
    broker.reset();
    broker = std::make_unique<Child>(std::vector<std::string>{"/usr/sbin/mosquitto", "-c", configuration},
                                     directory_->file("mosquitto.log"));
    ASSERT_TRUE(wait_for_listener(port));
  }
  static const CertificateFiles& good_server() { return good_server_; }
  std::string retained(const std::string& topic) const {
    return output_of("mosquitto_sub -h localhost -p " + std::to_string(port) + " --cafile '" +
                     site_ca_->certificate() + "' -W 10 -C 1 -t " + topic);
  }

  static inline std::unique_ptr<TemporaryDirectory> directory_;
  static inline std::unique_ptr<TestCa> site_ca_;
  static inline CertificateFiles good_server_;
  std::uint16_t port = free_port();
  std::unique_ptr<Child> broker;
  MqttOptions options;
};

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

TEST_F(PahoClientTest, RefusesAnUnknownCa) {
  TestCa other(*directory_, "Other-CA");
  start_broker(other.issue("localhost", "DNS:localhost"));
  Harness harness(options);
  EXPECT_EQ(
      harness.connect(),
      "TLS: unknown CA: broker's certificate was issued by \"Other-CA\", which is not in mqtt.ca_file " +
          site_ca_->certificate());
}

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

TEST_F(PahoClientTest, RefusesASelfSignedCertificate) {
  const std::string base = directory_->file("self");
  ASSERT_TRUE(run_command(*directory_,
                          "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "
                          "/CN=localhost -addext subjectAltName=DNS:localhost -keyout " +
                              base + ".key -out " + base + ".pem"));
  start_broker({base + ".pem", base + ".key"});
  Harness harness(options);
  EXPECT_EQ(harness.connect(),
            "TLS: broker's certificate is self-signed, and not in mqtt.ca_file " + site_ca_->certificate());
}

TEST_F(PahoClientTest, RefusesAnExpiredCertificate) {
  start_broker(site_ca_->issue("localhost", "DNS:localhost", TestCa::kPast, "20210203040506Z"));
  Harness harness(options);
  EXPECT_EQ(harness.connect(), "TLS: broker's certificate expired on 2021-02-03T04:05:06Z");
}

TEST_F(PahoClientTest, RefusesACertificateOfTheFuture) {
  start_broker(site_ca_->issue("localhost", "DNS:localhost", TestCa::kFuture, TestCa::kFarFuture));
  Harness harness(options);
  EXPECT_EQ(harness.connect(),
            "TLS: broker's certificate is not valid before 2098-01-01T00:00:00Z; check the gateway's clock");
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

TEST_F(PahoClientTest, RefusesACertificateForAnotherHost) {
  start_broker(site_ca_->issue("localhost", "DNS:other.example"));
  Harness harness(options);
  EXPECT_EQ(harness.connect(),
            "TLS: broker's certificate is for \"other.example\", not for \"localhost\" (mqtt.url)");
}

TEST_F(PahoClientTest, NamesTheAddressesOfACertificateForAnotherHost) {
  start_broker(site_ca_->issue("broker", "DNS:broker.example,IP:10.0.4.20,IP:::1"));
  Harness harness(options);
  EXPECT_EQ(
      harness.connect(),
      "TLS: broker's certificate is for \"broker.example\", \"10.0.4.20\", \"0:0:0:0:0:0:0:1\", not for "
      "\"localhost\" (mqtt.url)");
}

TEST_F(PahoClientTest, AcceptsACertificateForTheAddress) {
  start_broker(site_ca_->issue("broker", "IP:127.0.0.1"));
  options.host = "127.0.0.1";
  Harness harness(options);
  EXPECT_EQ(harness.connect(), "connected");
}

TEST_F(PahoClientTest, RefusesTlsOlderThan12) {
  const Child server(
      {"openssl", "s_server", "-accept", std::to_string(port), "-cert", good_server().certificate, "-key",
       good_server().key, "-www", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"},
      directory_->file("s_server.log"));
  ASSERT_TRUE(wait_for_listener(port));
  Harness harness(options);
  EXPECT_EQ(harness.connect(), "TLS: broker does not speak TLS 1.2 or newer");
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

TEST_F(PahoClientTest, TellsThatTheBrokerRefusesItsCertificate) {
  TestCa other(*directory_, "Other-CA");
  const CertificateFiles own = other.issue("gw-0042", "DNS:gw-0042");
  options.cert_file = own.certificate;
  options.key_file = own.key;
  for (const std::string version : {"tlsv1.2", "tlsv1.3"}) {
    start_broker(good_server(),
                 "allow_anonymous true\nrequire_certificate true\ntls_version " + version + "\n");
    Harness harness(options);
    EXPECT_EQ(harness.connect(),
              "TLS: broker refused our certificate: unknown CA; check mqtt.cert_file " + own.certificate);
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
  EXPECT_TRUE(harness.connected());
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
