// SPDX-License-Identifier: Apache-2.0
// config/schema/record-1.json against the records we write and against broken ones, judged by
// python3-jsonschema.
#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "records/json.h"
#include "records/recorder.h"
#include "tests/support/fake_record_queue.h"
#include "tests/support/simulated_loop.h"

namespace submeter::records {
namespace {

constexpr const char* kGolden = SUBMETER_SOURCE_DIR "/tests/golden/records/";

/// What the validator says about each record of a file: a line for every one it refuses.
std::string complaints(const std::string& path) {
  const std::string command = "/usr/bin/python3 " SUBMETER_SOURCE_DIR
                              "/tests/support/validate_records.py " SUBMETER_SOURCE_DIR
                              "/config/schema/record-1.json 2>&1 < " +
                              path;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return "cannot run " + command;
  std::string output;
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) output += buffer.data();
  const int status = ::pclose(pipe);
  return status != 0 && output.empty() ? "the validator ended with " + std::to_string(status) : output;
}

std::vector<std::string> lines_of(std::istream& stream) {
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// One of each kind of record this module writes.
void write_records(const std::string& path) {
  test::SimulatedLoop loop;
  test::FakeRecordQueue queue(loop);
  Recorder recorder(queue, {.site = "hq", .gateway = "gw-0042"});
  Sample sample;
  sample.config = "9f2c01ab";
  sample.reading.circuit = "ups-a";
  sample.reading.meter = "ups-a";
  sample.reading.values = {{"power_l1_kw", Decimal(-3)},
                           {"pf", Decimal(-97, -2)},
                           {"voltage_l12_v", Decimal(4, 2)},
                           {"energy_import_kwh", Decimal(0)},
                           {"x_relay", Decimal(1, 18)}};
  recorder.on_sample(sample);
  sample.reading.quality = Quality::kQuestionable;
  sample.reading.flags.set(QualityFlag::kCtSuspect);
  recorder.on_sample(sample);
  sample.reading.quality = Quality::kBad;
  sample.reading.flags.set(QualityFlag::kException);
  sample.reading.error = "exception 0x02 \"illegal data address\"\n\xff";
  sample.reading.values.clear();
  recorder.on_sample(sample);
  recorder.on_event({.event = {.name = "clock_step",
                               .text = "the clock jumped",
                               .instant = {},
                               .fields = {{"expected", "1"}, {"why", json_string("ntp")}}},
                     .stamp = {},
                     .config = "9f2c01ab"});
  std::ofstream file(path);
  for (const Record& record : queue.records()) file << record.json << '\n';
}

TEST(RecordSchema, AcceptsTheExamplesOfTheSpecification) {
  EXPECT_EQ(complaints(std::string(kGolden) + "valid.jsonl"), "");
}

TEST(RecordSchema, RefusesEveryBrokenExample) {
  const std::string path = std::string(kGolden) + "invalid.jsonl";
  std::ifstream file(path);
  std::istringstream refused(complaints(path));
  EXPECT_EQ(lines_of(refused).size(), lines_of(file).size()) << refused.str();
}

TEST(RecordSchema, AcceptsWhatTheRecorderWrites) {
  const std::string path = ::testing::TempDir() + "submeter_records_" + std::to_string(::getpid()) + ".jsonl";
  write_records(path);
  EXPECT_EQ(complaints(path), "");
  std::remove(path.c_str());
}

}  // namespace
}  // namespace submeter::records
