// SPDX-License-Identifier: Apache-2.0
// Register maps: good ones, each kind of mistake, and which file of several is taken.
#include <gtest/gtest.h>

#include "temporary_site.h"

namespace submeter::config {

namespace {

using meters::Table;
using meters::Type;
using meters::WordOrder;
using Lines = std::vector<std::string>;

TEST(Maps, ReadEveryKey) {
  const TemporarySite site;
  std::vector<Problem> problems;
  const meters::RegisterMap map = load_map(site.write("maps/full.yaml", R"(map: full
maker: Somebody
models: [A 1, B 2]
source: "Protocol, V1.5"
addressing: pdu
function: input
word_order: CDAB
scaled: secondary
limits: {max_registers: 80, max_gap: 4, gap_allowed: false}
serial: {baud: 19200, parity: odd, stop_bits: 2}
channels: {count: 12, stride: 20}
points:
  energy_import_kwh:
    {address: 0x10, type: uint32, function: holding, word_order: DCBA, unit: Wh, scale: 10, offset: -1,
     invalid: [0xFFFFFFFF, 7], modulus: 1e6}
  pf: {address: 1, type: int16, encoding: schneider_4q}
)"),
                                           problems);
  EXPECT_EQ(site.lines(problems), Lines{});
  meters::RegisterMap expected;
  expected.name = "full";
  expected.maker = "Somebody";
  expected.models = {"A 1", "B 2"};
  expected.source = "Protocol, V1.5";
  expected.scaled = meters::ScaledSide::kSecondary;
  expected.limits = {80, std::uint16_t{4}, false};
  expected.serial = SerialLine{"", 19200, Parity::kOdd, 2};
  expected.channels = 12;
  expected.channel_stride = 20;
  meters::MapPoint energy;
  energy.name = "energy_import_kwh";
  energy.table = Table::kHolding;
  energy.address = {16};
  energy.type = Type::kUint32;
  energy.order = WordOrder::kDCBA;
  energy.unit = "Wh";
  energy.scale = Decimal{10};
  energy.offset = Decimal{-1};
  energy.invalid = {0xFFFFFFFF, 7};
  energy.modulus = Decimal{1'000'000};
  meters::MapPoint pf;
  pf.name = "pf";
  pf.address = {1};
  pf.type = Type::kInt16;
  pf.order = WordOrder::kCDAB;
  pf.encoding = meters::PfEncoding::kSchneider4q;
  expected.points = {energy, pf};
  EXPECT_EQ(map, expected);
}

meters::MapPoint map_point(const char* name, Table table, std::uint16_t address, Type type) {
  meters::MapPoint point;
  point.name = name;
  point.table = table;
  point.address = {address};
  point.type = type;
  point.order = WordOrder::kCDAB;
  return point;
}

constexpr const char* kCodesAndScales = R"(map: codes
maker: Somebody
source: "Protocol, V1.5"
addressing: pdu
function: input
word_order: CDAB
scaled: primary
channels: {count: 12, stride: 20}
points:
  pf: {address: 1, type: int16, encoding: ieee, scale_from: 4, stride: 5}
  power_kw: {address: 5, type: int32, stride: 4, scale_from: {address: 9, type: uint16, gives: divisor, shared: true}}
  x_relay: {address: 7, type: uint16, mask: 0x0FF0, invalid: [0]}
  x_serial: {address: 0x200, type: string, length: 8, word_order: BADC}
  x_name: {address: 0x208, type: string, length: 2}
)";

TEST(Maps, ReadTextsMasksAndScaleRegisters) {
  const TemporarySite site;
  std::vector<Problem> problems;
  const meters::RegisterMap map = load_map(site.write("codes.yaml", kCodesAndScales), problems);
  EXPECT_EQ(site.lines(problems), Lines{});
  meters::MapPoint pf = map_point("pf", Table::kInput, 1, Type::kInt16);
  pf.encoding = meters::PfEncoding::kIeee;
  pf.scale_from = meters::ScaleRegister{.address = {4}};
  pf.stride = 5;
  meters::MapPoint power = map_point("power_kw", Table::kInput, 5, Type::kInt32);
  power.scale_from = meters::ScaleRegister{
      .address = {9}, .type = Type::kUint16, .gives = meters::ScaleRegister::Gives::kDivisor, .shared = true};
  power.stride = 4;
  meters::MapPoint relay = map_point("x_relay", Table::kInput, 7, Type::kUint16);
  relay.mask = 0x0FF0;
  relay.invalid = {0};
  meters::MapPoint serial = map_point("x_serial", Table::kInput, 0x200, Type::kString);
  serial.length = 8;
  serial.order = WordOrder::kBADC;
  meters::MapPoint name = map_point("x_name", Table::kInput, 0x208, Type::kString);
  name.length = 2;
  name.order = WordOrder::kABCD;  // the map's order is that of numbers
  EXPECT_EQ(map.points, (std::vector{pf, power, relay, serial, name}));
}

TEST(Maps, ReadHowAMeterIsIdentifiedAndWhatTransformerItSays) {
  const TemporarySite site;
  std::vector<Problem> problems;
  const meters::RegisterMap map =
      load_map(site.write("codes.yaml", std::string(kCodesAndScales) + R"(identify:
  {function: holding, address: 0x300, type: uint32, word_order: ABCD, mask: 0xFFFF0000, equals: [0x5A, 91]}
ct_check:
  {function: holding, address: 0x310, type: uint16, scale: 0.1, gives: primary,
   secondary: {address: 0x311, type: bcd16, function: holding}}
)"),
               problems);
  EXPECT_EQ(site.lines(problems), Lines{});
  meters::MapPoint identity = map_point("identify", Table::kHolding, 0x300, Type::kUint32);
  identity.order = WordOrder::kABCD;
  identity.mask = 0xFFFF0000;
  EXPECT_EQ(map.identify, (meters::Identify{identity, {Decimal{90}, Decimal{91}}, {}}));
  meters::MapPoint primary = map_point("ct_check", Table::kHolding, 0x310, Type::kUint16);
  primary.scale = Decimal(1, -1);
  const meters::MapPoint secondary = map_point("ct_check.secondary", Table::kHolding, 0x311, Type::kBcd16);
  EXPECT_EQ(map.ct_check, (meters::CtCheck{primary, meters::CtCheck::Gives::kPrimary, secondary}));
}

TEST(Maps, IdentifyByOneTextOrSeveral) {
  const TemporarySite site;
  const std::pair<const char*, std::vector<std::string>> written[] = {
      {"SDM630*", {"SDM630*"}}, {"[SDM630, '72D']", {"SDM630", "72D"}}, {"630", {"630"}}};
  for (const auto& [equals, texts] : written) {
    std::vector<Problem> problems;
    const std::string identify =
        "identify: {address: 0x300, type: string, length: 4, equals: " + std::string(equals) + "}\n";
    const auto map = load_map(site.write("codes.yaml", kCodesAndScales + identify), problems);
    EXPECT_EQ(site.lines(problems), Lines{});
    EXPECT_EQ(map.identify->texts, texts);
  }
}

struct Written {
  const char* addressing;
  const char* function;  ///< Empty: left to the number.
  const char* number;
  Table table;
  unsigned pdu;
};

/// The example of SPEC section 3, and the ends of each notation.
constexpr Written kWritten[] = {
    {"pdu", "input", "52", Table::kInput, 52},
    {"pdu", "input", "0x34", Table::kInput, 52},
    {"one_based", "input", "53", Table::kInput, 52},
    {"modicon5", "", "30053", Table::kInput, 52},
    {"modicon5", "", "40053", Table::kHolding, 52},
    {"modicon6", "", "300053", Table::kInput, 52},
    {"modicon6", "", "400053", Table::kHolding, 52},
    {"modicon5", "holding", "40053", Table::kHolding, 52},
    {"pdu", "holding", "0", Table::kHolding, 0},
    {"pdu", "holding", "65535", Table::kHolding, 65535},
    {"one_based", "holding", "1", Table::kHolding, 0},
    {"one_based", "holding", "65536", Table::kHolding, 65535},
    {"modicon5", "", "49999", Table::kHolding, 9998},
    {"modicon6", "", "465536", Table::kHolding, 65535},
};

std::string map_with(const std::string& addressing, const std::string& function, const std::string& number,
                     const std::string& type) {
  const std::string line = function.empty() ? "" : "function: " + function + "\n";
  return "map: m\nmaker: x\nsource: y\nscaled: primary\naddressing: " + addressing + "\n" + line +
         "points:\n  power_kw: {address: " + number + ", type: " + type + "}\n";
}

TEST(Maps, ReachTheSameRegisterInAllFourNotations) {
  const TemporarySite site;
  for (const Written& written : kWritten) {
    SCOPED_TRACE(std::string(written.addressing) + " " + written.number);
    std::vector<Problem> problems;
    const auto map = load_map(
        site.write("m.yaml", map_with(written.addressing, written.function, written.number, "int16")),
        problems);
    EXPECT_EQ(site.lines(problems), Lines{});
    ASSERT_EQ(map.points.size(), 1U);
    EXPECT_EQ(map.points[0].table, written.table);
    EXPECT_EQ(map.points[0].address.value, written.pdu);
  }
}

TEST(Maps, RefuseNumbersThatTheirNotationLacks) {
  const TemporarySite site;
  const std::vector<std::vector<std::string>> impossible = {
      {"pdu", "65536"},       {"pdu", "-1"},          {"pdu", "x"},           {"pdu", "0x"},
      {"one_based", "0"},     {"one_based", "65537"}, {"modicon5", "30000"},  {"modicon5", "3001"},
      {"modicon5", "50001"},  {"modicon5", "300053"}, {"modicon5", "0x7565"}, {"modicon6", "30053"},
      {"modicon6", "300000"}, {"modicon6", "365537"}, {"modicon6", "4000531"}};
  for (const auto& written : impossible) {
    SCOPED_TRACE(written[0] + " " + written[1]);
    std::vector<Problem> problems;
    load_map(site.write("m.yaml", map_with(written[0], "holding", written[1], "int16")), problems);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].line, 8);
    EXPECT_EQ(problems[0].column, 23);
    EXPECT_NE(problems[0].message.find("is no register number here; expected"), std::string::npos);
    EXPECT_NE(problems[0].message.find("as addressing is " + written[0]), std::string::npos);
  }
}

struct MapMistake {
  const char* name;
  const char* line;  ///< Of the points, in line 8.
  const char* place;
  const char* fragment;
};

void PrintTo(const MapMistake& mistake, std::ostream* out) {
  *out << mistake.name;
}

class MapMistakes : public testing::TestWithParam<MapMistake> {};

TEST_P(MapMistakes, AreReportedOnceWithTheirPlace) {
  const TemporarySite site;
  std::vector<Problem> problems;
  load_map(site.write("m.yaml",
                      "map: m\nmaker: x\nsource: y\nscaled: primary\naddressing: modicon5\n"
                      "limits: {max_registers: 2}\npoints:\n  " +
                          std::string(GetParam().line) + "\n"),
           problems);
  const auto lines = site.lines(problems);
  ASSERT_EQ(lines.size(), 1U) << testing::PrintToString(lines);
  EXPECT_EQ(lines[0].find(GetParam().place), 0U) << lines[0];
  EXPECT_NE(lines[0].find(GetParam().fragment), std::string::npos) << lines[0];
}

constexpr MapMistake kMapMistakes[] = {
    {"UnknownPointName", "powr_kw: {address: 30001, type: int16}", "m.yaml:8:3: error",
     "unknown point 'powr_kw'; did you mean 'power_kw'?"},
    {"UnknownKey", "power_kw: {adress: 30001, address: 30001, type: int16}", "m.yaml:8:14: error",
     "unknown key 'adress' in a point; did you mean 'address'?"},
    {"AddressMissing", "power_kw: {type: int16}", "m.yaml:8:3: error",
     "a point needs 'address', which is missing"},
    {"TypeMissing", "power_kw: {address: 30001}", "m.yaml:8:3: error",
     "a point needs 'type', which is missing"},
    {"UnknownType", "power_kw: {address: 30001, type: float}", "m.yaml:8:36: error",
     "expected one of int16, uint16"},
    {"UnitOfAnotherQuantity", "power_kw: {address: 30001, type: int16, unit: kWh}", "m.yaml:8:49: error",
     "'kWh' is no unit of power_kw, which is published in kW"},
    {"ScaleOfZero", "power_kw: {address: 30001, type: int16, scale: 0}", "m.yaml:8:50: error",
     "expected a number other than 0"},
    {"EncodingOfAPower", "power_kw: {address: 30001, type: int16, encoding: iec}", "m.yaml:8:53: error",
     "'encoding' is for power factors; power_kw is none"},
    {"ModulusOfAPower", "power_kw: {address: 30001, type: int16, modulus: 100}", "m.yaml:8:52: error",
     "'modulus' is for counters; power_kw is none"},
    {"SentinelTooWide", "power_kw: {address: 30001, type: int16, invalid: [0x18000]}", "m.yaml:8:52: error",
     "0x18000 does not fit the 16 bits of this point"},
    {"Coil", "power_kw: {address: 10001, type: int16}", "m.yaml:8:23: error", "is a coil or discrete input"},
    {"TableAgainstFunction", "power_kw: {address: 30001, type: int16, function: holding}",
     "m.yaml:8:23: error", "'30001' is a register of the other table than 'function' says"},
    {"WiderThanTheMeterAllows", "energy_import_kwh: {address: 30001, type: int64}", "m.yaml:8:3: error",
     "energy_import_kwh takes 4 registers, but limits.max_registers is 2"},
    {"UnknownWordOrder", "power_kw: {address: 30001, type: int16, word_order: BADA}", "m.yaml:8:55: error",
     "expected one of ABCD, CDAB, BADC, DCBA"},
};

INSTANTIATE_TEST_SUITE_P(Points, MapMistakes, testing::ValuesIn(kMapMistakes),
                         [](const auto& mistake) { return std::string(mistake.param.name); });

Lines problems_of(const TemporarySite& site, const std::string& text) {
  std::vector<Problem> problems;
  load_map(site.write("m.yaml", text), problems);
  return site.lines(problems);
}

TEST(Maps, RefuseARegisterThatRunsPastTheLast) {
  const TemporarySite site;
  EXPECT_EQ(problems_of(site, map_with("pdu", "input", "65534", "float32")), Lines{});
  EXPECT_EQ(problems_of(site, map_with("pdu", "input", "65535", "float32")),
            Lines{"m.yaml:8:23: error: the 2 registers of power_kw run past the last register, PDU 65535"});
  EXPECT_EQ(
      problems_of(site, map_with("pdu", "input", "65494", "float32") + "channels: {count: 3, stride: 20}\n"),
      Lines{});
  EXPECT_EQ(
      problems_of(site, map_with("pdu", "input", "65495", "float32") + "channels: {count: 3, stride: 20}\n"),
      Lines{"m.yaml:8:23: error: the 2 registers of power_kw run past the last register, PDU 65535, in the "
            "last "
            "channel"});
}

TEST(Maps, NeedATableForNotationsThatDoNotSayIt) {
  const TemporarySite site;
  EXPECT_EQ(
      problems_of(site, map_with("pdu", "", "1", "int16")),
      Lines{"m.yaml:7:3: error: power_kw needs 'function' (input or holding), here or for the whole map"});
}

TEST(Maps, NeedTheirFrame) {
  const TemporarySite site;
  EXPECT_EQ(problems_of(site, "map: m\n"),
            (Lines{"m.yaml:1:1: error: a register map needs 'maker', which is missing",
                   "m.yaml:1:1: error: a register map needs 'source', which is missing",
                   "m.yaml:1:1: error: a register map needs 'addressing', which is missing",
                   "m.yaml:1:1: error: a register map needs 'scaled', which is missing",
                   "m.yaml:1:1: error: a register map needs 'points', which is missing"}));
}

TEST(Maps, AreNamedAsTheirFile) {
  const TemporarySite site;
  std::vector<Problem> problems;
  load_map(site.write("other.yaml", kSimpleMap), problems);
  EXPECT_EQ(
      site.lines(problems),
      Lines{"other.yaml:1:6: error: map 'simple' stands in a file named 'other.yaml'; expected simple.yaml"});
}

constexpr const char* kOneMeter =
    "gateway: {site: hq, id: gw}\nbuses: {b: {type: tcp, host: h}}\n"
    "meters: {m: {bus: b, unit: 1, map: simple, points: [pf]}}\n";

TEST(Maps, OfTheSiteReplaceShippedOnes) {
  const TemporarySite site;
  std::string mine = kSimpleMap;
  mine.replace(mine.find("Nobody"), 6, "Me");
  site.write("meters/simple.yaml", mine);
  const Configuration configuration = site.load(kOneMeter);
  EXPECT_EQ(site.lines(configuration.problems), Lines{});
  EXPECT_EQ(configuration.maps.at("simple").maker, "Me");
  const std::string directory = site.directory().string();
  EXPECT_EQ(configuration.notes, Lines{"map simple: " + directory + "/meters/simple.yaml replaces " +
                                       directory + "/shipped/simple.yaml"});
}

TEST(Maps, HaveTextsThatNoCircuitCanPublish) {
  const TemporarySite site;
  site.write("meters/texts.yaml", std::string(kSimpleMap).replace(5, 6, "texts") +
                                      "  x_serial: {address: 0x100, type: string, length: 4}\n");
  const Configuration configuration = site.load(
      "gateway: {site: hq, id: gw}\nbuses: {b: {type: tcp, host: h}}\n"
      "meters: {m: {bus: b, unit: 1, map: texts, points: [power_kw, x_serial]}}\n");
  EXPECT_EQ(
      site.lines(configuration.problems),
      Lines{
          "config.yaml:3:62: error: 'x_serial' of map 'texts' is a text, and samples carry numbers; leave it "
          "out: submeter read --all shows it"});
}

TEST(Maps, InUseAreErrorsWhereTheyStandAndNoPointIsBlamed) {
  const TemporarySite site;
  site.write("meters/simple.yaml",
             "map: simple\nmaker: 5\nsource: s\naddressing: pdu\nscaled: both\n"
             "function: input\npoints: {power_kw: {address: 1, type: int16}}\n");
  const Configuration configuration = site.load(kOneMeter);
  EXPECT_EQ(site.lines(configuration.problems),
            Lines{"meters/simple.yaml:5:9: error: expected one of primary, secondary, found 'both'"});
  EXPECT_FALSE(configuration.usable());
}

TEST(Maps, OfTheSiteNotInUseOnlyWarn) {
  const TemporarySite site;
  site.write("meters/draft.yaml", kSimpleMap);
  const Configuration configuration = site.load(kOneMeter);
  EXPECT_EQ(
      site.lines(configuration.problems),
      Lines{"meters/draft.yaml:1:6: warning: map 'simple' stands in a file named 'draft.yaml'; expected "
            "simple.yaml"});
  EXPECT_TRUE(configuration.usable());
}

}  // namespace

}  // namespace submeter::config
