// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "publish/certificate_watch.h"
#include "publish/paho_client.h"
#include "publish/publisher.h"
#include "publish/topics.h"
#include "submeter/clock.h"
#include "submeter/loop.h"
#include "submeter/options.h"
#include "submeter/random.h"
#include "submeter/record_queue.h"

namespace submeter::daemon {

/// The way to one broker: the client, the publisher that uses it, and the watch over its certificates. Built
/// anew when `mqtt` or `gateway` changes.
class Uplink {
 public:
  Uplink(Loop& loop, const Clock& clock, RecordQueue& queue, Random& random, const GatewayOptions& gateway,
         const MqttOptions& options)
      : options_(options),
        client_(loop, options, last_will(gateway, options)),
        publisher_(loop, client_, queue, random, gateway, options),
        certificates_(loop, clock, options_, [this] { publisher_.renew(); }) {}

  void start() {
    certificates_.start();
    publisher_.start();
  }
  publish::Publisher& publisher() { return publisher_; }
  const publish::Publisher& publisher() const { return publisher_; }
  publish::CertificateWatch& certificates() { return certificates_; }
  const publish::CertificateWatch& certificates() const { return certificates_; }

 private:
  static publish::Session last_will(const GatewayOptions& gateway, const MqttOptions& options) {
    return {.will_topic = publish::Topics(gateway, options.topic_root).status(),
            .will_payload = std::string(publish::kOffline)};
  }

  const MqttOptions options_;
  publish::PahoClient client_;
  publish::Publisher publisher_;
  publish::CertificateWatch certificates_;
};

}  // namespace submeter::daemon
