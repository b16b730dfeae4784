// SPDX-License-Identifier: Apache-2.0
// The client on a real loop, against a real Mosquitto with TLS on loopback.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/epoll_loop.h"
#include "publish/paho_client.h"
#include "tests/unit/publish/local_broker.h"
#include "tls/revocation.h"
#include "tls/verification_time.h"

namespace submeter::publish {

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
    connected_ = false;
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

}  // namespace submeter::publish
