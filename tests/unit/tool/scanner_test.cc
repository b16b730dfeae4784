// SPDX-License-Identifier: Apache-2.0
// Scans of simulated lines in virtual time: who is found, in which order, and how long it takes.
#include "tool/scanner.h"

#include <gtest/gtest.h>

#include <list>

#include "modbus/rtu_master.h"
#include "modbus/tcp_master.h"
#include "tests/support/fixed_random.h"
#include "tests/support/simulated_bus.h"
#include "tests/support/simulated_loop.h"
#include "tests/support/simulated_meters.h"

namespace submeter::tool {
namespace {

using namespace std::chrono_literals;
using meters::RegisterMap;
using simulate::Framing;
using simulate::Responder;

constexpr Duration kTimeout = 300ms;

/// An open line in virtual time.
class SimulatedSource final : public RegisterSource {
 public:
  SimulatedSource(test::SimulatedLoop& loop, const BusOptions& options, Responder& responder)
      : loop_(loop), bus_(loop, options, responder) {
    if (const auto* line = std::get_if<SerialLine>(&options.line)) {
      master_ = std::make_unique<modbus::RtuMaster>(loop, bus_, random_, *line, options.response_timeout);
    } else {
      master_ = std::make_unique<modbus::TcpMaster>(loop, bus_, random_, 1, options.response_timeout);
    }
    master_->start();
  }
  modbus::ReadAnswer read(const modbus::ReadRequest& request) override {
    EXPECT_TRUE(loop_.run_until([this] { return master_->ready(); }, 1min));
    std::optional<modbus::ReadAnswer> answer;
    master_->read(request, [&answer](const modbus::ReadAnswer& received) { answer = received; });
    EXPECT_TRUE(loop_.run_until([&answer] { return answer.has_value(); }, 1min));
    return answer.value_or(modbus::ReadAnswer{});
  }
  std::string describe() const override { return "simulated"; }

 private:
  test::SimulatedLoop& loop_;
  test::FixedRandom random_;
  test::SimulatedBus bus_;
  std::unique_ptr<modbus::Master> master_;
};

/// The small meter of test support under another name, that says which one it is.
RegisterMap named_map(const char* name, int model) {
  RegisterMap map = test::small_map();
  map.name = name;
  meters::Identify identify;
  identify.reg.table = meters::Table::kHolding;
  identify.reg.address = {0xFC02};
  identify.reg.type = meters::Type::kUint16;
  identify.numbers = {Decimal{model}};
  map.identify = identify;
  return map;
}

SerialLine line(int baud, Parity parity) {
  return {.device = {}, .baud = baud, .parity = parity};
}

class ScannerTest : public testing::Test {
 protected:
  /// Meters with these units, set as `settings`; they hear no other.
  void put(const SerialLine& settings, const std::vector<std::uint8_t>& units, const RegisterMap& map,
           const simulate::Faults& faults = {}) {
    Responder& wires = on_wires(settings);
    for (const std::uint8_t unit : units) wires.add(test::small_meter({unit}, map), faults);
  }
  Responder& on_wires(const SerialLine& settings) {
    for (auto& [set, responder] : wires_) {
      if (set.baud == settings.baud && set.parity == settings.parity) return responder;
    }
    return wires_.emplace_back(settings, Responder(Framing::kRtu, loop_.now())).second;
  }
  Scanner::Open open_serial() {
    return [this](const std::optional<SerialLine>& settings) -> std::unique_ptr<RegisterSource> {
      const BusOptions options{.line = *settings, .response_timeout = std::chrono::milliseconds(300)};
      return std::make_unique<SimulatedSource>(loop_, options, on_wires(*settings));
    };
  }
  Scanner::Listener listener() {
    return {.goes_on = [this] { return questions_ < stop_after_; },
            .on_question = [this](const ScanPass&, UnitId, std::size_t, std::size_t) { ++questions_; },
            .on_found = [this](const FoundMeter& meter) { told_.push_back(meter.unit); }};
  }

  test::SimulatedLoop loop_;
  std::list<std::pair<SerialLine, Responder>> wires_;
  RegisterMap a_ = named_map("a", 1);
  RegisterMap b_ = named_map("b", 2);
  RegisterMap c_ = named_map("c", 3);
  std::vector<const RegisterMap*> maps_{&a_, &b_, &c_};
  std::vector<UnitId> told_;
  std::size_t questions_ = 0;
  std::size_t stop_after_ = SIZE_MAX;
};

TEST_F(ScannerTest, FindsTwelveMetersOfThreeSettingsAndNamesTheirMaps) {
  const std::vector<SerialLine> settings{line(9'600, Parity::kNone), line(19'200, Parity::kEven),
                                         line(9'600, Parity::kEven), line(38'400, Parity::kOdd)};
  put(settings[0], {1, 2, 31, 100}, a_);
  put(settings[1], {1, 7, 32, 247}, b_);  // unit 1 again: factory settings
  put(settings[2], {3, 4, 5, 33}, c_);
  Scanner scanner(open_serial(), maps_, listener());
  ASSERT_TRUE(scanner.run(serial_passes(settings, {})).ok());
  EXPECT_TRUE(scanner.complete());
  ASSERT_EQ(scanner.found().size(), 12U);
  for (const FoundMeter& meter : scanner.found()) {
    const char* name = meter.line == settings[0] ? "a" : meter.line == settings[1] ? "b" : "c";
    ASSERT_EQ(meter.guesses.size(), 1U) << int{meter.unit.value};
    EXPECT_EQ(meter.guesses[0].map->name, name);
    EXPECT_TRUE(meter.guesses[0].certain);
  }
  // The low units of all settings come before the high ones of any.
  const std::vector<UnitId> order{{1}, {2}, {31}, {1}, {7}, {32}, {3}, {4}, {5}, {100}, {247}, {33}};
  EXPECT_EQ(told_, order);
  EXPECT_TRUE(scanner.garbled().empty());
}

TEST_F(ScannerTest, TakesNoLongerThanAnnouncedWhereNobodyAnswers) {
  const std::vector<SerialLine> settings{line(1'200, Parity::kEven), line(9'600, Parity::kNone)};
  const auto passes = serial_passes(settings, {});
  const MonoTime begin = loop_.now();
  Scanner scanner(open_serial(), maps_, listener());
  ASSERT_TRUE(scanner.run(passes).ok());
  const Duration taken = loop_.now() - begin;
  EXPECT_LE(taken, longest_time(passes, kTimeout));
  EXPECT_GE(taken, longest_time(passes, kTimeout) * 8 / 10);  // a bound that is worth something
  EXPECT_TRUE(scanner.found().empty());
}

TEST_F(ScannerTest, TakesNoLongerThanAnnouncedWhereAMeterFallsSilentWhileItIsRecognised) {
  put(line(9'600, Parity::kNone), {1}, a_, {.shares = {{simulate::Fault::kSilent, 0.7}}});
  ScanWish wish;
  wish.units = {{1}};
  const auto passes = serial_passes({line(9'600, Parity::kNone)}, wish);
  for (int run = 0; run < 20; ++run) {
    const MonoTime begin = loop_.now();
    Scanner scanner(open_serial(), maps_, listener());
    ASSERT_TRUE(scanner.run(passes).ok());
    EXPECT_LE(loop_.now() - begin, longest_time(passes, kTimeout) + longest_recognition(kTimeout));
  }
}

TEST_F(ScannerTest, TakesAnExceptionForAMeterAndDamageForNone) {
  const SerialLine settings = line(9'600, Parity::kNone);
  RegisterMap unknown = test::small_map();
  unknown.points.erase(unknown.points.begin(),
                       unknown.points.end() - 1);  // nothing at register 0, in either table
  put(settings, {7}, unknown);
  put(settings, {8}, a_, {.shares = {{simulate::Fault::kBadCrc, 1.0}}});
  Scanner scanner(open_serial(), {}, listener());
  ScanWish wish;
  wish.units = {{7}, {8}, {9}};
  ASSERT_TRUE(scanner.run(serial_passes({settings}, wish)).ok());
  ASSERT_EQ(scanner.found().size(), 1U);
  EXPECT_EQ(scanner.found()[0].unit, UnitId{7});
  EXPECT_TRUE(scanner.found()[0].guesses.empty());
  ASSERT_EQ(scanner.garbled().size(), 1U);
  EXPECT_EQ(scanner.garbled()[0].second, UnitId{8});
}

TEST_F(ScannerTest, EndsWhenItIsToldToAndKeepsWhatItHasFound) {
  const SerialLine settings = line(9'600, Parity::kNone);
  put(settings, {1, 2, 3}, a_);
  stop_after_ = 2;
  Scanner scanner(open_serial(), {}, listener());
  ASSERT_TRUE(scanner.run(serial_passes({settings}, {})).ok());
  EXPECT_FALSE(scanner.complete());
  EXPECT_EQ(scanner.found().size(), 2U);
}

TEST_F(ScannerTest, TellsWhyALineCannotBeOpened) {
  class Held final : public RegisterSource {
    modbus::ReadAnswer read(const modbus::ReadRequest&) override {
      modbus::ReadAnswer answer;
      answer.reason = "serial port /dev/ttyUSB0 is held by mbpoll (pid 12)";
      return answer;
    }
    std::string describe() const override { return ""; }
  };
  Scanner scanner([](const std::optional<SerialLine>&) { return std::make_unique<Held>(); }, {}, listener());
  const auto done = scanner.run(serial_passes({line(9'600, Parity::kNone)}, {}));
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().message, "serial port /dev/ttyUSB0 is held by mbpoll (pid 12)");
  EXPECT_EQ(questions_, 1U);
}

class TcpScannerTest : public ScannerTest {
 protected:
  Scanner::Open open_tcp() {
    return [this](const std::optional<SerialLine>&) -> std::unique_ptr<RegisterSource> {
      const BusOptions options{.line = TcpEndpoint{.host = "10.0.4.20"},
                               .response_timeout = std::chrono::milliseconds(1'000)};
      return std::make_unique<SimulatedSource>(loop_, options, gateway_);
    };
  }
  Responder gateway_{Framing::kTcp, loop_.now()};
};

TEST_F(TcpScannerTest, AsksAllUnitsBehindAGatewayThatNamesMissingOnes) {
  for (const std::uint8_t unit : std::vector<std::uint8_t>{1, 9, 200})
    gateway_.add(test::small_meter({unit}, a_), {});
  Scanner scanner(open_tcp(), maps_, listener());
  ASSERT_TRUE(scanner.run(tcp_passes({})).ok());
  EXPECT_TRUE(scanner.saw_gateway());
  EXPECT_EQ(told_, (std::vector<UnitId>{{1}, {9}, {200}}));
}

TEST_F(TcpScannerTest, AsksAMeterWithoutAGatewayForItselfOnly) {
  for (const std::uint8_t unit : std::vector<std::uint8_t>{0, 1, 255})
    gateway_.add(test::small_meter({unit}, a_), {});
  Scanner scanner(open_tcp(), maps_, listener());
  ASSERT_TRUE(scanner.run(tcp_passes({})).ok());
  EXPECT_FALSE(scanner.saw_gateway());
  EXPECT_EQ(questions_, 3U);
  EXPECT_TRUE(scanner.complete());
}

}  // namespace
}  // namespace submeter::tool
