// SPDX-License-Identifier: Apache-2.0
// The tables of queue.db and their versions.
//
//   block(first_seq, last_seq, oldest_ms, newest_ms, data)   one row a block of store/block.h; ms: its range
//                                                            of `ts`
//   held(first_number, last_number, data)                    one row a block of store/held_block.h; since
//                                                            version 2
//   state                                                    one row: held_done, up to which held entries
//   were
//                                                            released or dropped, and store/queue_state.h
#pragma once

#include <cstdint>

#include "store/database.h"
#include "submeter/result.h"

namespace submeter::store {

constexpr std::uint32_t kApplicationId = 0x534D5131;  // "SMQ1"
constexpr std::uint32_t kSchemaVersion = 3;
/// Of a new file. A commit of few records touches few bytes of some pages, and each is written whole: with
/// 4,096 it would be a third more.
constexpr std::int64_t kPageBytes = 1024;

/// Fills an empty database with tables, in one transaction.
Result<void> make_tables(Database& database);

/// Brings the tables of version `from`, an older one, to this one, in one transaction.
Result<void> update_tables(Database& database, std::int64_t from);

}  // namespace submeter::store
