// SPDX-License-Identifier: Apache-2.0
#include "daemon/status_report.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_kernel_clock.h"
#include "tests/support/fake_record_queue.h"
#include "tests/support/simulated_loop.h"

namespace submeter::daemon {
namespace {

using namespace std::chrono_literals;

constexpr UtcTime kNoon{1'795'262'400'000ms};

TEST(InfoJson, NamesEveryCircuitWithItsUnitsAndLabels) {
  Options options;
  options.gateway = {.site = "hq", .id = "gw-0042"};
  MeterOptions meter{
      .id = "ups-a", .bus = "b", .unit = {7}, .map = "eastron-sdm630", .ct = {}, .pt = {}, .circuits = {}};
  meter.circuits = {{.id = "ups-a",
                     .channel = 1,
                     .points = {{.name = "power_kw", .interval = 5s}, {.name = "pf", .interval = 60s}},
                     .labels = {{"tenant", "acme"}}}};
  options.meters = {meter};
  const auto info = Json::parse(info_json(options, "9f2c01ab", "", kNoon));
  EXPECT_EQ(info.at("cfg"), "9f2c01ab");
  EXPECT_EQ(info.at("started"), 1'795'262'400'000);
  EXPECT_FALSE(info.contains("boot"));  // a missing value is left out
  EXPECT_EQ(info.at("circuits"),
            Json::parse(R"([{"circuit":"ups-a","meter":"ups-a","map":"eastron-sdm630","points":[
      {"name":"power_kw","interval_ms":5000,"unit":"kW"},{"name":"pf","interval_ms":60000}],
      "labels":{"tenant":"acme"}}])"));
}

TEST(StoreReport, GivesTheAgeOfTheOldestWaitingRecordOnly) {
  test::SimulatedLoop loop;
  const test::FakeClock clock(loop.now(), kNoon);
  test::FakeRecordQueue queue(loop);
  EXPECT_FALSE(store_report(queue, clock, loop.now()).contains("oldest_age_ms"));
  Record record;
  record.seq = {1};
  record.time = kNoon - 7s;
  queue.preload({record});
  const Json report = store_report(queue, clock, loop.now());
  EXPECT_EQ(report.at("undelivered"), 1);
  EXPECT_EQ(report.at("oldest_age_ms"), 7000);
}

TEST(BrokerReport, SaysWhyItIsNotConnectedAndWhenItTriesAgain) {
  publish::PublisherStatus status;
  status.broker = "mqtts://broker.example.com:8883";
  status.last_error = "refused";
  status.next_try = MonoTime(10s);
  const Json report = broker_report(status, {}, MonoTime(8s));
  EXPECT_EQ(report.at("connected"), false);
  EXPECT_EQ(report.at("error"), "refused");
  EXPECT_EQ(report.at("next_try_ms"), 2000);
  EXPECT_FALSE(report.contains("ack_p50_ms"));
}

TEST(BrokerReport, SaysWhenTheFirstCertificateEndsButNotInHowManyDaysWhileTheClockIsUnsynced) {
  publish::CertificateStatus certificates{
      .expiry = {{.at = kNoon + 24h, .certificate = "mqtt.cert_file gw.pem, \"gw\"", .days = 1}},
      .problem = "mqtt.key_file gw.key: a private key that everyone may use; chmod o= it"};
  Json report = broker_report({}, certificates, MonoTime(8s));
  EXPECT_EQ(report.at("certificate"), "mqtt.cert_file gw.pem, \"gw\"");
  EXPECT_EQ(report.at("certificate_expires"), 1'795'348'800'000);
  EXPECT_EQ(report.at("certificate_expires_in_days"), 1);
  EXPECT_EQ(report.at("certificate_error"), certificates.problem);
  certificates.expiry->days.reset();
  certificates.problem.clear();
  report = broker_report({}, certificates, MonoTime(8s));
  EXPECT_EQ(report.at("certificate_expires"), 1'795'348'800'000);
  EXPECT_FALSE(report.contains("certificate_expires_in_days"));
  EXPECT_FALSE(report.contains("certificate_error"));
}

TEST(ClockReport, LeavesTheBoundOutWhenNobodyCanGiveOne) {
  test::SimulatedLoop loop;
  test::FakeKernelClock kernel(loop, kNoon);
  clock::SystemClock clock(loop, kernel, nullptr, {.source = ClockSource::kKernel});
  kernel.offset = -2ms;
  loop.advance(1s);
  Json report = clock_report(clock, loop.now());
  EXPECT_EQ(report.at("state"), "synced");
  EXPECT_EQ(report.at("source"), "kernel");
  EXPECT_EQ(report.at("err_ms"), 5);
  EXPECT_EQ(report.at("offset_ms"), 2.0);
  EXPECT_EQ(report.at("last_sync_age_ms"), 0);
  EXPECT_FALSE(report.contains("last_step"));
  kernel.synchronised = false;
  kernel.step(1h);
  loop.advance(1s);
  report = clock_report(clock, loop.now());
  EXPECT_EQ(report.at("state"), "unsynced");
  EXPECT_FALSE(report.contains("err_ms"));
  EXPECT_EQ(report.at("last_sync_age_ms"), 1000);
  EXPECT_EQ(report.at("last_step").at("from_ts"), (kNoon + 2s).time_since_epoch().count());
  EXPECT_EQ(report.at("last_step").at("to_ts"), (kNoon + 1h + 2s).time_since_epoch().count());
}

}  // namespace
}  // namespace submeter::daemon
