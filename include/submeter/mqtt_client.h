// SPDX-License-Identifier: Apache-2.0
// One connection to an MQTT broker. SPEC section 8; production: publish/paho_client.h.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "submeter/result.h"

namespace submeter {

/// Names one publish between publish() and on_delivered().
using DeliveryId = std::uint64_t;

enum class Retain : bool { kNo, kYes };
enum class QoS : std::uint8_t { kAtMostOnce = 0, kAtLeastOnce = 1 };

/// What a broker says of itself when it takes a connection; MQTT 3.1.1 says nothing.
struct BrokerLimits {
  std::uint16_t receive_maximum = 65535;       ///< Unacknowledged publishes that it takes.
  std::size_t maximum_packet_size = SIZE_MAX;  ///< Bytes of a whole packet.
};

/// Why a broker does not take one publish; MQTT 5 only.
struct Refusal {
  bool too_large = false;
  Error reason;
};

/// Connects once each time it is asked: when to try again is the caller's decision. Loop thread; listener
/// calls come from the loop, never out of a call to the client.
class MqttClient {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_connected(const BrokerLimits& limits) = 0;
    /// Connecting failed or the connection broke; unacknowledged publishes are forgotten.
    virtual void on_disconnected(const Error& reason) = 0;
    /// The broker acknowledged (QoS 1) or the bytes were handed to the connection (QoS 0).
    virtual void on_delivered(DeliveryId id) = 0;
    /// The broker answered a publish with a refusal. The connection stands.
    virtual void on_refused(DeliveryId id, const Refusal& refusal) = 0;
  };

  virtual ~MqttClient() = default;
  virtual void set_listener(Listener& listener) = 0;
  /// Ends in on_connected() or on_disconnected(), within a bound the client states.
  virtual void connect() = 0;
  /// Not connected or refused by the library: an error, and nothing was sent.
  virtual Result<void> publish(DeliveryId id, std::string_view topic, std::string_view payload, QoS qos,
                               Retain retain) = 0;
  /// Ends the session cleanly (no last will). No listener call follows.
  virtual void disconnect() = 0;
  /// "mqtts://broker.example.com:8883".
  virtual std::string describe() const = 0;
};

}  // namespace submeter
