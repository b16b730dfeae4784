// SPDX-License-Identifier: Apache-2.0
// A publisher between a queue and a broker that are both in memory, in virtual time.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "publish/publisher.h"
#include "tests/support/fake_mqtt_client.h"
#include "tests/support/fake_record_queue.h"
#include "tests/support/fixed_random.h"
#include "tests/support/simulated_loop.h"

namespace submeter::publish {

using namespace std::chrono_literals;
using test::FakeMqttClient;
using test::FakeRecordQueue;

inline Record sample(std::uint64_t seq, std::string circuit = "ups-a") {
  Record record;
  record.seq = {seq};
  record.circuit = std::move(circuit);
  record.json =
      R"({"v":1,"kind":"sample","circuit":")" + record.circuit + R"(","seq":)" + std::to_string(seq) + "}";
  return record;
}

inline std::vector<Record> samples(std::uint64_t first, std::uint64_t last) {
  std::vector<Record> records;
  for (std::uint64_t seq = first; seq <= last; ++seq) records.push_back(sample(seq));
  return records;
}

class PublisherTest : public ::testing::Test {
 protected:
  static constexpr const char* kSampleTopic = "submeter/v1/hq/gw-0042/c/ups-a/sample";
  static constexpr const char* kLastTopic = "submeter/v1/hq/gw-0042/c/ups-a/last";
  static constexpr const char* kStatusTopic = "submeter/v1/hq/gw-0042/status";
  static constexpr const char* kInfoTopic = "submeter/v1/hq/gw-0042/info";

  PublisherTest() {
    options.replay_rate = 0;
    queue.on_commit([this](std::span<const Record> records) {
      if (publisher) publisher->on_commit(records);
    });
    make();
  }

  void make() {
    publisher.reset();
    publisher =
        std::make_unique<Publisher>(loop, client, queue, random, GatewayOptions{"hq", "gw-0042"}, options);
  }
  void start() {
    publisher->start();
    loop.settle();
  }
  void append(std::uint64_t first, std::uint64_t last) {
    for (Record& record : samples(first, last)) ASSERT_TRUE(queue.append(std::move(record)));
    loop.settle();
  }
  std::vector<std::uint64_t> sent_sequence() const {
    std::vector<std::uint64_t> ids;
    for (const auto& message : client.sent_to(kSampleTopic)) ids.push_back(message.id);
    return ids;
  }
  static std::vector<std::uint64_t> range(std::uint64_t first, std::uint64_t last) {
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t n = first; n <= last; ++n) numbers.push_back(n);
    return numbers;
  }

  test::SimulatedLoop loop;
  FakeMqttClient client{loop};
  FakeRecordQueue queue{loop};
  test::FixedRandom random;
  MqttOptions options;
  std::unique_ptr<Publisher> publisher;
};

}  // namespace submeter::publish
