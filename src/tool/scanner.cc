// SPDX-License-Identifier: Apache-2.0
#include "tool/scanner.h"

#include <algorithm>

#include "modbus/quarantine.h"

namespace submeter::tool {
namespace {

// Modbus application protocol V1.1b3, 7: what a gateway says of a unit that it cannot reach.
constexpr std::uint8_t kGatewayPath = 0x0A;
constexpr std::uint8_t kGatewayTarget = 0x0B;

modbus::ReadRequest request_for(UnitId unit, const meters::RegisterRange& range) {
  return {.unit = unit,
          .function = static_cast<modbus::Function>(range.table),
          .address = range.address,
          .count = range.count};
}

bool is_of_gateway(const modbus::ReadAnswer& answer) {
  return answer.outcome == modbus::Outcome::kException &&
         (answer.exception_code == kGatewayPath || answer.exception_code == kGatewayTarget);
}

}  // namespace

Scanner::Scanner(Open open, std::vector<const meters::RegisterMap*> maps, Listener listener)
    : open_(std::move(open)), maps_(std::move(maps)), listener_(std::move(listener)) {}

Result<void> Scanner::run(const std::vector<ScanPass>& passes) {
  complete_ = false;
  for (const ScanPass& pass : passes) to_ask_ += pass.units.size();
  for (const ScanPass& pass : passes) {
    if (!listener_.goes_on()) return {};
    if (pass.if_gateway && !saw_gateway_) {
      to_ask_ -= pass.units.size();
      continue;
    }
    if (auto done = run(pass); !done) return done;
  }
  complete_ = listener_.goes_on();
  return {};
}

Result<void> Scanner::run(const ScanPass& pass) {
  const auto source = open_(pass.line);
  for (const UnitId unit : pass.units) {
    ++asked_;
    if (is_found(pass, unit)) continue;
    if (!listener_.goes_on()) return {};
    listener_.on_question(pass, unit, asked_, to_ask_);
    if (auto asked = ask(*source, pass, unit); !asked) return asked;
  }
  return {};
}

Result<void> Scanner::ask(RegisterSource& source, const ScanPass& pass, UnitId unit) {
  const modbus::ReadAnswer answer = source.read(request_for(unit, {pass.table, {0}, 1}));
  switch (answer.outcome) {
    case modbus::Outcome::kRegisters:
    case modbus::Outcome::kException:
      if (is_of_gateway(answer)) {
        saw_gateway_ = true;
        return {};
      }
      found_.push_back(recognise(source, pass, unit));
      listener_.on_found(found_.back());
      return {};
    case modbus::Outcome::kBadAnswer:
      garbled_.emplace_back(pass.line, unit);
      return {};
    case modbus::Outcome::kTimeout:
      return {};
    case modbus::Outcome::kBusDown:
      break;
  }
  // A signal ends the wait for the line as well.
  return listener_.goes_on() ? Result<void>(Error{answer.reason}) : Result<void>();
}

FoundMeter Scanner::recognise(RegisterSource& source, const ScanPass& pass, UnitId unit) const {
  Recognition recognition(maps_, pass.line);
  for (auto range = recognition.next(); range && listener_.goes_on(); range = recognition.next()) {
    const modbus::ReadAnswer answer = source.read(request_for(unit, *range));
    if (answer.outcome == modbus::Outcome::kRegisters) {
      recognition.answered(answer.registers);
    } else if (answer.outcome == modbus::Outcome::kException) {
      recognition.refused();
    } else {
      recognition.silent();
    }
  }
  return {.line = pass.line, .unit = unit, .guesses = recognition.guesses()};
}

bool Scanner::is_found(const ScanPass& pass, UnitId unit) const {
  return std::ranges::any_of(
      found_, [&](const FoundMeter& meter) { return meter.unit == unit && meter.line == pass.line; });
}

std::vector<std::pair<std::optional<SerialLine>, UnitId>> Scanner::garbled() const {
  auto units = garbled_;
  std::ranges::sort(units, {}, [](const auto& entry) { return entry.second; });
  units.erase(std::unique(units.begin(), units.end()), units.end());
  std::erase_if(units, [this](const auto& entry) {
    return std::ranges::any_of(found_, [&entry](const FoundMeter& meter) {
      return meter.unit == entry.second && meter.line == entry.first;
    });
  });
  return units;
}

Duration longest_recognition(Duration response_timeout) {
  // A silent unit is left in peace, each time twice as long: modbus/quarantine.h.
  const Duration in_peace =
      std::max<Duration>(modbus::Quarantine::kShortest, 2 * response_timeout) * (1 + 2 + 4);
  return response_timeout * static_cast<Duration::rep>(Recognition::kMostQuestions) + in_peace;
}

}  // namespace submeter::tool
