// SPDX-License-Identifier: Apache-2.0
// What a register map without errors may still cost the one who bills with it: for its author, while the
// maker's document lies open. Warnings only, each with its place, what it costs and the mend, and at its end
// its word:
//
//   eastron-sdm630.yaml:14:3: warning: … [float-cents]
//
// An author who has looked into it answers with a comment, at the end of the line for that line, on a line of
// its own for the whole map; then the warning is not given any more:
//
//   # accepts gap, identify: the document names no register that tells the model
//
// Never changes a map, never asks a meter. Pure.
#pragma once

#include <string>

#include "config/source.h"
#include "meters/register_map.h"

namespace submeter::config {

/// `map` is what parse_map() made of `text` without an error.
///
///   overlap      registers of two points overlap
///   gap          a point alone, far from the rest: a request of its own
///   float-cents  active energy as float32, which has seven digits
///   modulus      an integer counter that rolls over within ten years, without `modulus`
///   pf-encoding  a power factor without `encoding`
///   ct-twice     `scaled: secondary` of a meter that knows its current transformer
///   signed       an export counter that may run below zero; power that cannot
///   identify     nothing tells this model from others
void review_map(const Source& source, const std::string& text, const meters::RegisterMap& map);

}  // namespace submeter::config
