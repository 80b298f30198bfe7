// The pages' data: 600 packs, 16,200 stickers with ratings that tie and go below zero, one row of statistics; the world
// and the fortunes of TechEmpower's tests; 50 agents, none logged in; two channels of events.
// The same rows every time, and the same as scenarios/services/tarantool/init.lua makes in Tarantool (a test compares).
#pragma once

#include "targets/tuplestore/database.h"

namespace hotlap::targets::tuplestore {

inline constexpr int kPacks = 600;
inline constexpr int kStickersPerPack = 27;
inline constexpr int kWorldRows = 10'000;
inline constexpr int kAgents = 50;
// Each event is about 128 bytes of the page's JSON, so that these make 1 KB and 64 KB.
inline constexpr int kSmallChannelEvents = 8;
inline constexpr int kLargeChannelEvents = 512;

// Into an empty database; from then on hotlap_ready answers true.
void provision(Database& database);

}  // namespace hotlap::targets::tuplestore
