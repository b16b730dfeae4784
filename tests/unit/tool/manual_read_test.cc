// SPDX-License-Identifier: Apache-2.0
#include "tool/manual_read.h"

#include <gtest/gtest.h>

namespace submeter::tool {
namespace {

TEST(ManualRead, CountsRegistersFromOneAsMbpollDoes) {
  ManualRead read;
  read.type = "3:float";
  read.reference = 53;
  read.count = 2;
  const auto items = read.items();
  ASSERT_TRUE(items.ok());
  ASSERT_EQ(items->size(), 2U);
  EXPECT_EQ(items->at(0).point.point.address, RegisterAddress{52});
  EXPECT_EQ(items->at(1).point.point.address, RegisterAddress{54});
  EXPECT_EQ(items->at(0).point.point.table, meters::Table::kInput);
  EXPECT_EQ(items->at(0).point.point.type, meters::Type::kFloat32);
}

TEST(ManualRead, CountsFromZeroWhenAsked) {
  ManualRead read;
  read.zero_based = true;
  read.reference = 0;
  EXPECT_EQ(read.items()->at(0).point.point.address, RegisterAddress{0});
}

TEST(ManualRead, TakesTheLastRegisterAndNotTheOneAfter) {
  ManualRead read;
  read.reference = 65536;
  EXPECT_TRUE(read.items().ok());
  read.reference = 65537;
  EXPECT_FALSE(read.items().ok());
  read.reference = 65536;
  read.type = "4:float";
  EXPECT_FALSE(read.items().ok());
  read.reference = 0;
  EXPECT_FALSE(read.items().ok());
}

TEST(ManualRead, NamesTheLetterThatIsWrong) {
  ManualRead read;
  read.type = "5";
  EXPECT_EQ(read.items().error().message.rfind("-t 5: expected 3", 0), 0U);
  read.type = "4:flaot";
  EXPECT_NE(read.items().error().message.find(":float"), std::string::npos);
  read.type = "4";
  read.order = "ABDC";
  EXPECT_EQ(read.items().error().message, "--order ABDC: expected ABCD, CDAB, BADC or DCBA");
  read.parity = "evne";
  EXPECT_EQ(read.bus().error().message, "-P evne: expected none, even or odd");
}

TEST(ManualRead, MakesABusOfEachKind) {
  ManualRead read;
  read.mode = "rtu";
  read.target = "/dev/ttyUSB0";
  read.parity = "none";
  const BusOptions serial{.line = SerialLine{.device = "/dev/ttyUSB0", .parity = Parity::kNone}};
  EXPECT_EQ(read.bus()->line, serial.line);
  read.mode = "tcp";
  read.target = "10.0.4.20";
  const BusOptions network{.line = TcpEndpoint{.host = "10.0.4.20"}};
  EXPECT_EQ(read.bus()->line, network.line);
  read.mode = "rtu_over_tcp";
  read.port = 4001;
  const BusOptions server{
      .line =
          DeviceServer{.host = "10.0.4.20", .port = 4001, .line = {.device = {}, .parity = Parity::kNone}}};
  EXPECT_EQ(read.bus()->line, server.line);
}

}  // namespace
}  // namespace submeter::tool
