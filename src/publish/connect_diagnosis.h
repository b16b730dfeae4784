// SPDX-License-Identifier: Apache-2.0
// Why a connection to the broker fails. Paho says only that it did: it drops resolver and socket errors, and
// frees the TLS session before its failure callback runs, with the verdict on the certificate in it. So after
// a failure the way is gone once more by hand, step by step: name, TCP, TLS. No MQTT packet and no credential
// but the TLS client certificate is sent.
//
// Blocks, for five seconds beyond the resolver's own time-outs at most: only ever called on Paho's threads.
#pragma once

#include <atomic>

#include "submeter/options.h"
#include "submeter/result.h"

namespace submeter::publish {

/// What is in the way, for people. Ends early with some answer once `cancelled` is true.
Error diagnose_connection(const MqttOptions& options, const std::atomic<bool>& cancelled);

}  // namespace submeter::publish
