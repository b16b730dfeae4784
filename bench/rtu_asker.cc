// SPDX-License-Identifier: Apache-2.0
// Our own master on our own loop, asking whenever it can be asked; bench/asked.h says how it is called.
#include <algorithm>
#include <deque>
#include <functional>
#include <sstream>
#include <utility>

#include "asked.h"
#include "core/epoll_loop.h"
#include "core/system_random.h"
#include "modbus/bus_line.h"

namespace {

using namespace submeter;

class Asker {
 public:
  Asker(core::EpollLoop& loop, const bench::Task& task, bench::Tally& tally)
      : loop_(loop), task_(task), tally_(tally), line_(modbus::make_bus_line(loop, random_, options(task))) {}

  /// `finished` is called once, when all reads are done.
  void start(std::function<void()> finished) {
    finished_ = std::move(finished);
    line_.master->on_ready([this] { ask(); });
    line_.master->start();
  }

 private:
  static BusOptions options(const bench::Task& task) {
    SerialLine line;
    line.device = task.device;
    line.baud = task.baud;
    line.parity = task.bits == 10 ? Parity::kNone : Parity::kEven;
    BusOptions bus;
    bus.line = line;
    bus.response_timeout = milliseconds(task.timeout_ms);
    return bus;
  }

  void ask() {
    if (asked_ == task_.reads) {
      finished_();
      return;
    }
    modbus::ReadRequest request;
    request.unit = next_unit();
    request.function = modbus::Function::kReadHoldingRegisters;
    request.address = RegisterAddress{static_cast<std::uint16_t>(task_.address(asked_))};
    request.count = static_cast<std::uint16_t>(task_.registers);
    ++asked_;
    ++tally_.asked;
    line_.master->read(request, [this, request](const modbus::ReadAnswer& answer) { take(request, answer); });
  }

  /// The next that can be asked at once; when none can, the one that can be asked soonest.
  UnitId next_unit() {
    UnitId soonest = unit_after(0);
    for (unsigned i = 0; i < task_.units; ++i) {
      const UnitId unit = unit_after(i);
      if (line_.master->askable_at(unit) < line_.master->askable_at(soonest)) soonest = unit;
      if (line_.master->askable_at(unit) > loop_.now()) continue;
      soonest = unit;
      break;
    }
    last_unit_ = soonest.value;
    return soonest;
  }

  UnitId unit_after(unsigned steps) const {
    return UnitId{static_cast<std::uint8_t>((last_unit_ + steps) % task_.units + 1)};
  }

  void take(const modbus::ReadRequest& request, const modbus::ReadAnswer& answer) {
    if (answer.outcome == modbus::Outcome::kRegisters) {
      tally_.take(request.unit.value, request.address.value, answer.registers);
    } else {
      ++tally_.failed;
    }
  }

  core::EpollLoop& loop_;
  bench::Task task_;
  bench::Tally& tally_;
  core::SystemRandom random_;
  modbus::BusLine line_;
  std::function<void()> finished_;
  unsigned asked_ = 0;
  unsigned last_unit_ = 0;
};

bench::Tally read_all(bench::Task task) {
  core::EpollLoop loop;
  bench::Tally tally;
  std::deque<Asker> askers;
  std::istringstream devices(task.device);
  while (std::getline(devices, task.device, ',')) askers.emplace_back(loop, task, tally);
  std::size_t left = askers.size();
  for (Asker& asker : askers) {
    asker.start([&loop, &left] {
      if (--left == 0) loop.stop();
    });
  }
  loop.run();
  return tally;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    read_all(bench::Task(argc, argv)).print();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
