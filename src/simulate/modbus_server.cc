// SPDX-License-Identifier: Apache-2.0
#include "simulate/modbus_server.h"

#include <modbus/modbus.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace submeter::simulate {
namespace {

modbus_t* new_context(Framing framing) {
  // Neither is ever opened: the socket pair takes the place of the line.
  return framing == Framing::kRtu ? modbus_new_rtu("simulated", 9600, 'N', 8, 1) : modbus_new_tcp(nullptr, 0);
}

}  // namespace

void ModbusServer::Free::operator()(modbus_t* context) const {
  modbus_free(context);
}

ModbusServer::ModbusServer(Framing framing) : framing_(framing), context_(new_context(framing)) {
  std::array<int, 2> pair{};
  if (!context_ || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "simulated bus");
  }
  theirs_.reset(pair[0]);
  ours_.reset(pair[1]);
  // libmodbus waits with select(2).
  if (theirs_.get() >= FD_SETSIZE) throw std::system_error(EMFILE, std::generic_category(), "simulated bus");
  modbus_set_socket(context_.get(), theirs_.get());
  // Before some exceptions and for what does not come, libmodbus sleeps as long as these say: not at all.
  modbus_set_response_timeout(context_.get(), 0, 1);
  modbus_set_byte_timeout(context_.get(), 0, 1);
}

bool ModbusServer::intact(std::span<const std::uint8_t> request) {
  if (framing_ == Framing::kTcp) return true;
  if (modbus_set_slave(context_.get(), request.front()) != 0) return false;
  if (::write(ours_.get(), request.data(), request.size()) != static_cast<ssize_t>(request.size()))
    return false;
  std::array<std::uint8_t, MODBUS_RTU_MAX_ADU_LENGTH> received{};
  const bool intact = modbus_receive(context_.get(), received.data()) == static_cast<int>(request.size());
  while (::read(theirs_.get(), received.data(), received.size()) > 0) {
    // What a frame that is too long left behind.
  }
  return intact;
}

std::vector<std::uint8_t> ModbusServer::reply(std::span<const std::uint8_t> request,
                                              const RegisterBlock* block) {
  modbus_mapping_t mapping{};
  if (block != nullptr) {
    const bool input = block->table == meters::Table::kInput;
    // libmodbus only reads them: functions that write do not come this far.
    auto* words = const_cast<std::uint16_t*>(block->words.data());
    const int count = static_cast<int>(block->words.size());
    (input ? mapping.start_input_registers : mapping.start_registers) = block->start;
    (input ? mapping.nb_input_registers : mapping.nb_registers) = count;
    (input ? mapping.tab_input_registers : mapping.tab_registers) = words;
  }
  modbus_reply(context_.get(), request.data(), static_cast<int>(request.size()), &mapping);
  return take();
}

std::vector<std::uint8_t> ModbusServer::reply_exception(std::span<const std::uint8_t> request,
                                                        unsigned code) {
  modbus_reply_exception(context_.get(), request.data(), code);
  return take();
}

Body ModbusServer::open(std::span<const std::uint8_t> adu) const {
  constexpr std::size_t kCrc = 2;
  Body body;
  const auto rest = adu.subspan(unit_offset());
  const auto bytes = framing_ == Framing::kRtu ? rest.first(rest.size() - kCrc) : rest;
  if (framing_ == Framing::kTcp) body.transaction = static_cast<std::uint16_t>(adu[0] << 8U | adu[1]);
  body.bytes.assign(bytes.begin(), bytes.end());
  return body;
}

std::vector<std::uint8_t> ModbusServer::seal(const Body& body) {
  modbus_send_raw_request(context_.get(), body.bytes.data(), static_cast<int>(body.bytes.size()));
  std::vector<std::uint8_t> adu = take();
  if (framing_ == Framing::kRtu || adu.size() < unit_offset()) return adu;
  // libmodbus' raw requests have the transaction 0.
  adu[0] = static_cast<std::uint8_t>(body.transaction >> 8U);
  adu[1] = static_cast<std::uint8_t>(body.transaction & 0xFFU);
  return adu;
}

std::vector<std::uint8_t> ModbusServer::take() {
  std::array<std::uint8_t, MODBUS_MAX_ADU_LENGTH> answer{};
  const ssize_t count = ::read(ours_.get(), answer.data(), answer.size());
  return {answer.begin(), answer.begin() + (count > 0 ? count : 0)};
}

}  // namespace submeter::simulate
