// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "publish/topics.h"
#include "submeter/mqtt_client.h"
#include "submeter/record_queue.h"

namespace submeter::publish {

/// The newest sample of each circuit, retained, for screens: sent once, only while connected, never
/// back-filled. What a stalled connection does not take is skipped; the record plane has it. Loop thread.
class LivePlane {
 public:
  /// Publishes that wait for the connection to take them. More than a big site's circuits, which come due
  /// together.
  static constexpr std::size_t kMaxPending = 500;

  LivePlane(MqttClient& client, const Topics& topics) : client_(client), topics_(topics) {}

  void open() { open_ = true; }
  void close();
  void on_commit(std::span<const Record> records);
  void on_delivered();
  /// Samples not sent because the connection did not take them; since start.
  std::uint64_t skipped() const { return skipped_; }

 private:
  void send(const Record& sample);

  MqttClient& client_;
  const Topics& topics_;
  bool open_ = false;
  std::size_t pending_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t skipped_ = 0;
};

}  // namespace submeter::publish
