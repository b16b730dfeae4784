// SPDX-License-Identifier: Apache-2.0
// What registers of an unknown meter may mean: the register asked for and its neighbours, since documents
// count from 0 and from 1, in every type and word order, ranked by how much a value looks like one. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "meters/register_map.h"

namespace submeter::tool {

/// Consecutive registers of one answer.
struct RegisterBlock {
  meters::Table table = meters::Table::kHolding;
  RegisterAddress address;
  std::vector<std::uint16_t> words;
};

/// Where a document's number may be.
struct ProbePlace {
  meters::Table table = meters::Table::kHolding;
  RegisterAddress address;
};

struct ProbeCandidate {
  meters::MapPoint point;  ///< Table, address, type, order and scale.
  Decimal value;
  int offset = 0;          ///< Registers from the place that was asked for.
  double score = 0;        ///< The higher the likelier; 0: it may be nothing at all.
  std::string looks_like;  ///< "a mains frequency", "as expected, within 3 %"

  /// "x_probe: {address: 52, function: input, type: float32, word_order: CDAB}", in a map with addressing:
  /// pdu.
  std::string yaml() const;
};

/// The registers that a reading at `place` needs: the one before, itself, the one after and their widest
/// type.
meters::RegisterRange range_around(const ProbePlace& place);
/// Best first; what is no number is left out, and of types that read the same value all but the first. With
/// `expected`, as seen on the meter's display, only what is within 10 % of it.
std::vector<ProbeCandidate> rank(const ProbePlace& place, std::span<const RegisterBlock> blocks,
                                 const std::optional<Decimal>& expected);

/// What the number of a document may mean, as -t and -0 say; 30053 and 40053 may also be register 53 of their
/// table.
std::vector<ProbePlace> places_of(int number, bool zero_based, meters::Table table);

}  // namespace submeter::tool
