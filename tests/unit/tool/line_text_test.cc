// SPDX-License-Identifier: Apache-2.0
#include "tool/line_text.h"

#include <gtest/gtest.h>

namespace submeter::tool {
namespace {

TEST(LineText, SaysWhereTheMetersAre) {
  BusOptions bus;
  bus.line = SerialLine{.device = "/dev/ttyUSB0", .parity = Parity::kOdd, .stop_bits = 2};
  EXPECT_EQ(line_text(bus), "/dev/ttyUSB0 9600 8O2");
  bus.line = TcpEndpoint{.host = "10.0.4.20"};
  EXPECT_EQ(line_text(bus), "10.0.4.20:502");
  bus.line = TcpEndpoint{.host = "fd00::1", .port = 802, .tls = TlsOptions{}};
  EXPECT_EQ(line_text(bus), "[fd00::1]:802 TLS");
  bus.line = DeviceServer{.host = "moxa-3", .port = 4001, .line = {.device = {}, .baud = 19'200}};
  EXPECT_EQ(line_text(bus), "moxa-3:4001 19200 8E1");
}

}  // namespace
}  // namespace submeter::tool
