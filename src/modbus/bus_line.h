// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "modbus/master.h"
#include "submeter/byte_stream.h"
#include "submeter/loop.h"
#include "submeter/options.h"
#include "submeter/random.h"

namespace submeter::modbus {

/// A configured line and the master that asks on it. The master goes first.
struct BusLine {
  std::unique_ptr<ByteStream> stream;
  std::unique_ptr<Master> master;
};

/// The stream and the master for the kind of line that `options` names; nothing is opened yet.
BusLine make_bus_line(Loop& loop, Random& random, const BusOptions& options);

}  // namespace submeter::modbus
