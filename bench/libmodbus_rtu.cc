// SPDX-License-Identifier: Apache-2.0
// What a program with libmodbus does, one blocking read after another; bench/asked.h says how it is called.
#include <modbus/modbus.h>

#include <memory>
#include <vector>

#include "asked.h"

namespace {

using namespace submeter::bench;

struct Free {
  void operator()(modbus_t* context) const {
    modbus_close(context);
    modbus_free(context);
  }
};
using Context = std::unique_ptr<modbus_t, Free>;

Context open(const Task& task) {
  Context context(modbus_new_rtu(task.device.c_str(), task.baud, task.bits == 10 ? 'N' : 'E', 8, 1));
  const auto timeout = static_cast<std::uint32_t>(task.timeout_ms) * 1000U;
  modbus_set_response_timeout(context.get(), timeout / 1'000'000U, timeout % 1'000'000U);
  if (modbus_connect(context.get()) != 0) throw std::runtime_error("cannot open " + task.device);
  return context;
}

Tally read_all(const Task& task, modbus_t* context) {
  std::vector<std::uint16_t> registers(task.registers);
  Tally tally;
  for (; tally.asked < task.reads; ++tally.asked) {
    const unsigned unit = tally.asked % task.units + 1;
    const unsigned address = task.address(tally.asked);
    modbus_set_slave(context, static_cast<int>(unit));
    if (modbus_read_registers(context, static_cast<int>(address), static_cast<int>(task.registers),
                              registers.data()) > 0) {
      tally.take(unit, address, registers);
    } else {
      ++tally.failed;
    }
  }
  return tally;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Task task(argc, argv);
    const Context context = open(task);
    read_all(task, context.get()).print();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
