// SPDX-License-Identifier: Apache-2.0
// What the programs that read a serial line have in common, so that they do the same: which read is the next,
// what its answer must be, and the report.
//
//   PROGRAM DEVICE BAUD BITS REGISTERS READS UNITS TIMEOUT_MS
//
// Our own takes several devices, separated by commas, and reads them all at once.
// BITS of a character: 10 is 8N1, 11 is 8E1. Reads REGISTERS registers READS times as fast as the line
// allows, from UNITS units in turn, each read of other addresses. Prints one JSON object.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <span>
#include <stdexcept>
#include <string>

#include "registers.h"
#include "usage.h"

namespace submeter::bench {

struct Task {
  std::string device;
  int baud = 9600;
  int bits = 11;
  unsigned registers = 40;
  unsigned reads = 100;
  unsigned units = 1;
  int timeout_ms = 500;

  Task(int argc, char** argv) {
    if (argc != 8) throw std::runtime_error("usage: DEVICE BAUD BITS REGISTERS READS UNITS TIMEOUT_MS");
    const auto number = [argv](int index) { return std::atoi(argv[index]); };
    device = argv[1];
    baud = number(2);
    bits = number(3);
    registers = static_cast<unsigned>(number(4));
    reads = static_cast<unsigned>(number(5));
    units = static_cast<unsigned>(number(6));
    timeout_ms = number(7);
  }
  /// Reads do not overlap until the addresses begin anew.
  unsigned address(unsigned read) const { return read * registers % (65536 - registers); }
};

struct Tally {
  unsigned asked = 0;
  unsigned good = 0;
  unsigned wrong = 0;   ///< Taken for the answer, and was not.
  unsigned failed = 0;  ///< No answer, or one that was refused.
  Usage begin = Usage::now();
  Clock::time_point begun = Clock::now();

  void take(unsigned unit, unsigned address, std::span<const std::uint16_t> registers) {
    bool right = true;
    for (std::size_t i = 0; i < registers.size(); ++i) {
      right = right && registers[i] == register_value(unit, address + static_cast<unsigned>(i));
    }
    ++(right ? good : wrong);
  }

  void print() const {
    const Usage used = Usage::now().since(begin);
    std::printf(
        "{\"asked\": %u, \"good\": %u, \"wrong\": %u, \"failed\": %u, \"seconds\": %.3f, \"cpu_us\": %.0f, "
        "\"waits\": %lld}\n",
        asked, good, wrong, failed, seconds(Clock::now() - begun), used.cpu_us,
        static_cast<long long>(used.waits));
  }
};

}  // namespace submeter::bench
