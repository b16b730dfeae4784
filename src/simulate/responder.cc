// SPDX-License-Identifier: Apache-2.0
#include "simulate/responder.h"

#include <modbus/modbus.h>

#include <algorithm>

#include "simulate/seeded_random.h"
#include "submeter/check.h"

namespace submeter::simulate {
namespace {

// Modbus application protocol V1.1b3: a read request's function, address and count; section 7 for the
// exceptions.
constexpr std::size_t kReadRequestSize = 5;

std::uint16_t big_endian(std::uint8_t high, std::uint8_t low) {
  return static_cast<std::uint16_t>(high << 8U | low);
}

bool is_read(std::uint8_t function) {
  return function == MODBUS_FC_READ_HOLDING_REGISTERS || function == MODBUS_FC_READ_INPUT_REGISTERS;
}

}  // namespace

void Responder::add(SimulatedMeter meter, const Faults& faults, std::uint64_t seed) {
  FaultDice dice(faults, mix(seed ^ seed_of(meter.id())));
  members_.push_back({std::move(meter), dice});
}

void Responder::change_faults(UnitId unit, const Faults& faults) {
  Member* member = find(unit);
  SUBMETER_CHECK(member != nullptr);
  member->dice.change(faults);
}

std::vector<Answer> Responder::answers(std::span<const std::uint8_t> request, MonoTime now) {
  if (request.size() < server_.shortest_request()) return {};
  const UnitId unit{request[server_.unit_offset()]};
  Member* member = find(unit);
  if (member == nullptr) {
    if (framing() == Framing::kRtu) return {};
    return {make_answer(unit, server_.reply_exception(request, MODBUS_EXCEPTION_GATEWAY_TARGET))};
  }
  if (!server_.intact(request)) return {};
  const Fate fate = member->dice.next();
  if (fate.has(Fault::kSilent)) return {};
  const Faults& faults = member->dice.faults();
  Answer answer =
      make_answer(unit, fate.has(Fault::kException) ? server_.reply_exception(request, faults.exception_code)
                                                    : reply(*member, request, now));
  if (answer.adu.empty()) return {};
  answer.turnaround = faults.turnaround.value_or(answer.turnaround);
  return spoil(std::move(answer), fate, faults.lateness, server_);
}

Responder::Member* Responder::find(UnitId unit) {
  const auto found =
      std::ranges::find_if(members_, [unit](const Member& member) { return member.meter.unit() == unit; });
  return found == members_.end() ? nullptr : &*found;
}

std::vector<std::uint8_t> Responder::reply(Member& member, std::span<const std::uint8_t> request,
                                           MonoTime now) {
  const auto pdu = request.subspan(server_.unit_offset() + 1);
  if (!is_read(pdu[0])) return server_.reply_exception(request, MODBUS_EXCEPTION_ILLEGAL_FUNCTION);
  if (pdu.size() < kReadRequestSize)
    return server_.reply_exception(request, MODBUS_EXCEPTION_ILLEGAL_DATA_VALUE);
  const meters::RegisterRange asked{
      static_cast<meters::Table>(pdu[0]), {big_endian(pdu[1], pdu[2])}, big_endian(pdu[3], pdu[4])};
  return server_.reply(request, member.meter.read(asked, now - start_));
}

Answer Responder::make_answer(UnitId unit, std::vector<std::uint8_t> adu) const {
  return {unit, std::move(adu), framing() == Framing::kRtu ? kRtuTurnaround : kTcpTurnaround};
}

}  // namespace submeter::simulate
