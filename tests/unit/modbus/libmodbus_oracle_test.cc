// SPDX-License-Identifier: Apache-2.0
// libmodbus builds the same requests, and what it answers as a meter reads as the registers it was given.
#include <gtest/gtest.h>
#include <modbus/modbus.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <random>

#include "core/unique_fd.h"
#include "modbus/frame.h"

namespace submeter::modbus {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Context = std::unique_ptr<modbus_t, decltype(&modbus_free)>;
using Mapping = std::unique_ptr<modbus_mapping_t, decltype(&modbus_mapping_free)>;

constexpr int kRounds = 300;

/// libmodbus at one end of a pair of sockets, the test at the other.
class Peer {
 public:
  explicit Peer(modbus_t* context) : context_(context, modbus_free) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends.data()) != 0) std::abort();
    near_.reset(ends[0]);
    far_.reset(ends[1]);
    modbus_set_socket(context_.get(), far_.get());
  }
  modbus_t* context() { return context_.get(); }
  Bytes sent() {
    Bytes bytes(512);
    const auto count = ::read(near_.get(), bytes.data(), bytes.size());
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
  }

 private:
  Context context_;
  core::UniqueFd near_;
  core::UniqueFd far_;
};

class Oracle : public ::testing::Test {
 protected:
  ReadRequest any_request() {
    ReadRequest request;
    request.unit = UnitId{static_cast<std::uint8_t>(1 + random() % 247)};
    request.function = random() % 2 == 0 ? Function::kReadHoldingRegisters : Function::kReadInputRegisters;
    request.address = RegisterAddress{static_cast<std::uint16_t>(random() % 1000)};
    request.count = static_cast<std::uint16_t>(1 + random() % kMaxRegisters);
    return request;
  }
  static Bytes raw(const ReadRequest& request) {
    const auto pdu = encode_pdu(request);
    Bytes bytes{request.unit.value};
    bytes.insert(bytes.end(), pdu.begin(), pdu.end());
    return bytes;
  }
  static Bytes request_by_libmodbus(Peer& peer, const ReadRequest& request) {
    const Bytes bytes = raw(request);
    EXPECT_GT(modbus_send_raw_request(peer.context(), bytes.data(), static_cast<int>(bytes.size())), 0);
    return peer.sent();
  }
  Mapping random_registers() {
    Mapping mapping(modbus_mapping_new(0, 0, 1200, 1200), modbus_mapping_free);
    for (int i = 0; i < 1200; ++i) {
      mapping->tab_registers[i] = static_cast<std::uint16_t>(random());
      mapping->tab_input_registers[i] = static_cast<std::uint16_t>(random());
    }
    return mapping;
  }
  static std::vector<std::uint16_t> held(const Mapping& mapping, const ReadRequest& request) {
    const std::uint16_t* table = request.function == Function::kReadHoldingRegisters
                                     ? mapping->tab_registers
                                     : mapping->tab_input_registers;
    return {table + request.address.value, table + request.address.value + request.count};
  }

  std::minstd_rand random{20261121};
  Peer rtu{modbus_new_rtu("/dev/null", 9600, 'E', 8, 1)};
  Peer tcp{modbus_new_tcp("127.0.0.1", 1502)};
};

TEST_F(Oracle, BuildsTheSameRtuRequests) {
  for (int round = 0; round < kRounds; ++round) {
    const ReadRequest request = any_request();
    EXPECT_EQ(encode_rtu(request), request_by_libmodbus(rtu, request));
  }
}

TEST_F(Oracle, BuildsTheSameTcpRequests) {
  for (int round = 0; round < kRounds; ++round) {
    const ReadRequest request = any_request();
    EXPECT_EQ(encode_mbap(request, 0), request_by_libmodbus(tcp, request));
  }
}

TEST_F(Oracle, AnswersOverRtuWithTheRegistersItHolds) {
  const Mapping mapping = random_registers();
  RtuAssembler assembler;
  for (int round = 0; round < kRounds; ++round) {
    const ReadRequest request = any_request();
    const Bytes indication = encode_rtu(request);
    modbus_set_slave(rtu.context(), request.unit.value);
    ASSERT_GT(
        modbus_reply(rtu.context(), indication.data(), static_cast<int>(indication.size()), mapping.get()),
        0);
    assembler.expect(request);
    const Bytes answer = rtu.sent();
    EXPECT_EQ(answer.size(), rtu_answer_size(request));
    assembler.feed(answer);
    Frame frame;
    ASSERT_EQ(assembler.next(frame), Assembly::kFrame);
    EXPECT_EQ(parse_answer(request, frame.pdu).registers, held(mapping, request));
  }
}

TEST_F(Oracle, AnswersOverTcpWithTheRegistersItHolds) {
  const Mapping mapping = random_registers();
  MbapAssembler assembler;
  for (int round = 0; round < kRounds; ++round) {
    const ReadRequest request = any_request();
    const auto transaction = static_cast<std::uint16_t>(random());
    const Bytes indication = encode_mbap(request, transaction);
    ASSERT_GT(
        modbus_reply(tcp.context(), indication.data(), static_cast<int>(indication.size()), mapping.get()),
        0);
    assembler.feed(tcp.sent());
    Frame frame;
    ASSERT_EQ(assembler.next(frame), Assembly::kFrame);
    EXPECT_EQ(frame.transaction, transaction);
    EXPECT_EQ(frame.unit, request.unit);
    EXPECT_EQ(parse_answer(request, frame.pdu).registers, held(mapping, request));
  }
}

TEST_F(Oracle, RefusesARegisterItDoesNotHold) {
  const Mapping mapping(modbus_mapping_new(0, 0, 10, 10), modbus_mapping_free);
  const ReadRequest request{UnitId{7}, Function::kReadHoldingRegisters, RegisterAddress{9}, 2};
  const Bytes indication = encode_rtu(request);
  modbus_set_slave(rtu.context(), 7);
  ASSERT_GT(
      modbus_reply(rtu.context(), indication.data(), static_cast<int>(indication.size()), mapping.get()), 0);
  RtuAssembler assembler;
  assembler.expect(request);
  assembler.feed(rtu.sent());
  Frame frame;
  ASSERT_EQ(assembler.next(frame), Assembly::kFrame);
  EXPECT_EQ(parse_answer(request, frame.pdu).exception_code, 2);
}

}  // namespace
}  // namespace submeter::modbus
