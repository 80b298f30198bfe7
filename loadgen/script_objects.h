// What scripts of wrk are handed beside numbers, texts and tables: thread, addr and stats, and the functions that make
// addresses. Of Lua only the name of the state is seen.
#pragma once

#include "loadgen/faces/wrk_outcome.h"
#include "loadgen/script_state.h"

struct lua_State;

namespace hotlap::loadgen {

void define_script_objects(lua_State* lua);  // first, once in each state

// Each stands on the top of the stack; what it refers to outlives the state.
void push_thread(lua_State* lua, ScriptState& thread);
void push_stats(lua_State* lua, const wrk::Samples& samples, bool wrk_percentiles);
void push_lookup(lua_State* lua);                        // wrk.lookup
void push_connect(lua_State* lua, ScriptState& caller);  // wrk.connect, which leaves its error in the caller

}  // namespace hotlap::loadgen
