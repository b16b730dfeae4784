// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "submeter/options.h"
#include "submeter/result.h"
#include "tls/peer.h"

namespace submeter::publish {

/// The password in mqtt.password_file without the end of its line; empty when no file is named.
Result<std::string> read_password(const MqttOptions& options);

/// Whether each file that mqtt names can be read, and nobody but owner and group can read the private key.
/// Paho would only say that connecting failed.
Result<void> check_tls_files(const MqttOptions& options);

/// The broker as TLS knows it.
tls::Peer broker_peer(const MqttOptions& options);

}  // namespace submeter::publish
