// SPDX-License-Identifier: Apache-2.0
// That mbpoll understands these lines, and reads the right value with them:
// tests/integration/test_simulator_peers.py.
#include "tool/mbpoll_line.h"

#include <gtest/gtest.h>

namespace submeter::tool {
namespace {

using meters::Type;
using meters::WordOrder;

std::string line(Type type, WordOrder order, meters::Table table = meters::Table::kInput) {
  meters::MapPoint point;
  point.type = type;
  point.order = order;
  point.table = table;
  point.address = RegisterAddress{52};
  BusOptions bus;
  bus.line = TcpEndpoint{.host = "127.0.0.1", .port = 1502};
  return mbpoll_line(bus, UnitId{7}, point);
}

TEST(MbpollLine, CountsReferencesFromOne) {
  EXPECT_EQ(line(Type::kFloat32, WordOrder::kABCD),
            "mbpoll -m tcp -p 1502 -a 7 -t 3:float -c 1 -B -r 53 -1 127.0.0.1");
}

TEST(MbpollLine, NamesTheTableTypeAndWordOrder) {
  EXPECT_NE(line(Type::kInt32, WordOrder::kCDAB, meters::Table::kHolding).find(" -t 4:int -c 1 -r "),
            std::string::npos);
  EXPECT_NE(line(Type::kFloat32, WordOrder::kCDAB).find(" -t 3:float -c 1 -r "), std::string::npos);
}

TEST(MbpollLine, ShowsWhatMbpollDoesNotKnowAsHexadecimalRegisters) {
  EXPECT_NE(line(Type::kUint16, WordOrder::kABCD).find(" -t 3:hex -c 1 "), std::string::npos);
  EXPECT_NE(line(Type::kFloat32, WordOrder::kDCBA).find(" -t 3:hex -c 2 "), std::string::npos);
  EXPECT_NE(line(Type::kInt64, WordOrder::kABCD).find(" -t 3:hex -c 4 "), std::string::npos);
}

TEST(MbpollLine, SetsUpTheSerialLine) {
  BusOptions bus;
  bus.line = SerialLine{.device = "/dev/ttyUSB0", .baud = 19'200, .parity = Parity::kOdd, .stop_bits = 2};
  EXPECT_EQ(mbpoll_line(bus, UnitId{1}, {}).find("mbpoll -m rtu -b 19200 -P odd -s 2 -a 1 "), 0U);
}

TEST(MbpollLine, IsEmptyWhereMbpollCannotRead) {
  BusOptions bus;
  bus.line = DeviceServer{.host = "10.0.4.20", .line = {}};
  EXPECT_EQ(mbpoll_line(bus, UnitId{1}, {}), "");
  bus.line = TcpEndpoint{.host = "10.0.4.20", .tls = TlsOptions{}};
  EXPECT_EQ(mbpoll_line(bus, UnitId{1}, {}), "");
}

}  // namespace
}  // namespace submeter::tool
