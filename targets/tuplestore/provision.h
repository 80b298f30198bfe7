// The sticker site's data: 600 packs, 16,200 stickers with ratings that tie and go below zero, one row of statistics.
// The same rows every time, and the same as scenarios/services/tarantool/init.lua makes in Tarantool (a test compares).
#pragma once

#include "targets/tuplestore/database.h"

namespace hotlap::targets::tuplestore {

inline constexpr int kPacks = 600;
inline constexpr int kStickersPerPack = 27;

// Into an empty database; from then on hotlap_ready answers true.
void provision(Database& database);

}  // namespace hotlap::targets::tuplestore
