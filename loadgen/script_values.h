// Values that go into the Lua states of scripts, and from one to another. None raises a Lua error but for want of
// memory, so that they may be called outside of any protected call.
#pragma once

#include <cstdint>
#include <string_view>

struct lua_State;

namespace hotlap::loadgen {

void push(lua_State* lua, std::string_view text);
void push_global(lua_State* lua, std::string_view name);                 // without metamethods
void set_number(lua_State* lua, const char* name, std::uint64_t value);  // of the table on the top

// A table of the fields of a response's head; of several with one name, the last. Blanks behind a value stay: so
// scripts know them.
void push_fields(lua_State* lua, std::string_view head);

// Copies the value at `index` (absolute) of one state to the top of another. False: `alien` names what cannot be
// copied; both stacks are then to be cut back.
[[nodiscard]] bool copy_value(lua_State* from, int index, lua_State* to, const char*& alien);

}  // namespace hotlap::loadgen
