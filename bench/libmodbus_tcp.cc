// SPDX-License-Identifier: Apache-2.0
// What a program with libmodbus does: libmodbus_tcp PORT ADDRESSES METERS SECONDS [SILENT]
//
// Reads 40 registers of one meter after the other, as fast as they answer; SILENT of them are on PORT + 1 and
// do not. Prints one JSON object.
#include <modbus/modbus.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "usage.h"

namespace {

using namespace submeter::bench;

struct Free {
  void operator()(modbus_t* context) const {
    modbus_close(context);
    modbus_free(context);
  }
};
using Context = std::unique_ptr<modbus_t, Free>;

Context connect_to(int number, int port) {
  Context context(modbus_new_tcp(("127.0.0." + std::to_string(number + 1)).c_str(), port));
  modbus_set_slave(context.get(), 1);
  if (modbus_connect(context.get()) != 0) throw std::runtime_error("cannot connect to the meters");
  return context;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fputs("usage: libmodbus_tcp PORT ADDRESSES METERS SECONDS [SILENT]\n", stderr);
    return 2;
  }
  std::vector<Context> meters;
  for (int i = 0; i < std::atoi(argv[3]); ++i) {
    const int port = std::atoi(argv[1]) + (argc > 5 && i < std::atoi(argv[5]) ? 1 : 0);
    meters.push_back(connect_to(i % std::atoi(argv[2]), port));
  }
  std::array<std::uint16_t, 40> registers{};
  std::uint64_t reads = 0;
  const Usage begin = Usage::now();
  const Clock::time_point begun = Clock::now();
  for (int round = 1; Clock::now() < begun + std::chrono::seconds(std::atoi(argv[4])); ++round) {
    for (const Context& meter : meters) {
      if (modbus_read_registers(meter.get(), 0, registers.size(), registers.data()) > 0) ++reads;
    }
    std::this_thread::sleep_until(begun + std::chrono::seconds(round));
  }
  std::printf("{\"reads\": %llu, \"seconds\": %.3f, \"cpu_us\": %.0f}\n",
              static_cast<unsigned long long>(reads), seconds(Clock::now() - begun),
              Usage::now().since(begin).cpu_us);
}
