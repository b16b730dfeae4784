// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "publish/paho_client.h"
#include "publish/publisher.h"
#include "publish/topics.h"
#include "submeter/loop.h"
#include "submeter/options.h"
#include "submeter/random.h"
#include "submeter/record_queue.h"

namespace submeter::daemon {

/// The way to one broker: the client and the publisher that uses it. Built anew when `mqtt` or `gateway`
/// changes.
class Uplink {
 public:
  Uplink(Loop& loop, RecordQueue& queue, Random& random, const GatewayOptions& gateway,
         const MqttOptions& options)
      : client_(loop, options, last_will(gateway, options)),
        publisher_(loop, client_, queue, random, gateway, options) {}

  publish::Publisher& publisher() { return publisher_; }
  const publish::Publisher& publisher() const { return publisher_; }

 private:
  static publish::Session last_will(const GatewayOptions& gateway, const MqttOptions& options) {
    return {.will_topic = publish::Topics(gateway, options.topic_root).status(),
            .will_payload = std::string(publish::kOffline)};
  }

  publish::PahoClient client_;
  publish::Publisher publisher_;
};

}  // namespace submeter::daemon
