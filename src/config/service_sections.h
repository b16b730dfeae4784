// SPDX-License-Identifier: Apache-2.0
// The small sections of config.yaml that concern the program itself. SPEC section 2.
#pragma once

#include "config/section.h"
#include "submeter/options.h"

namespace submeter::config {

const Section<GatewayOptions>& gateway_section();
const Section<ClockOptions>& clock_section();
const Section<StoreOptions>& store_section();
const Section<DataLogOptions>& data_log_section();
const Section<Options>& log_section();

/// `data_log: off` or its section.
void read_data_log(const Value& value, DataLogOptions& options);

}  // namespace submeter::config
