// SPDX-License-Identifier: Apache-2.0
// What Home Assistant's MQTT discovery is told (`mqtt.home_assistant`): a sensor for each point of each
// circuit, read from the live plane; a device for each meter, behind the gateway's device. Pure.
#pragma once

#include <map>
#include <string>

#include "meters/register_map.h"
#include "publish/announcer.h"
#include "submeter/options.h"

namespace submeter::daemon {

/// Retained messages by topic; none if the option is off. `options` has a broker.
publish::Announcer::Messages home_assistant_messages(const Options& options,
                                                     const std::map<std::string, meters::RegisterMap>& maps);

}  // namespace submeter::daemon
