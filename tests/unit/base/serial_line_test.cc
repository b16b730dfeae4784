// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "submeter/options.h"

namespace submeter {
namespace {

using namespace std::chrono_literals;

SerialLine line(int baud, Parity parity, int stop_bits = 1) {
  SerialLine made;
  made.baud = baud;
  made.parity = parity;
  made.stop_bits = stop_bits;
  return made;
}

TEST(SerialLine, TakesAsLongForACharacterAsItsBits) {
  EXPECT_EQ(line(9600, Parity::kNone).character_time(), 1'041'666ns);  // 10 bits
  EXPECT_EQ(line(9600, Parity::kEven).character_time(), 1'145'833ns);  // 11 bits
  EXPECT_EQ(line(9600, Parity::kNone, 2).character_time(), 1'145'833ns);
  EXPECT_EQ(line(115200, Parity::kOdd).character_time(), 95'486ns);
  EXPECT_EQ(line(300, Parity::kNone).character_time(), 33'333'333ns);
}

TEST(SerialLine, IsSilentForThreeAndAHalfCharactersButForAFixedTimeAbove19200) {
  EXPECT_EQ(line(9600, Parity::kEven).silence(), 4'010'415ns);
  EXPECT_EQ(line(19200, Parity::kNone).silence(), 1'822'915ns);
  EXPECT_EQ(line(19201, Parity::kNone).silence(), 1'750us);
  EXPECT_EQ(line(115200, Parity::kNone).silence(), 1'750us);
}

}  // namespace
}  // namespace submeter
