#include "loadgen/script_values.h"

#include <lua.hpp>

namespace hotlap::loadgen {
namespace {

bool copy_at_depth(lua_State* from, int index, lua_State* to, int depth, const char*& alien) {
  constexpr int kDeepest = 100;
  alien = "deeply nested table";
  if (depth > kDeepest || lua_checkstack(from, 6) == 0 || lua_checkstack(to, 6) == 0) return false;
  switch (lua_type(from, index)) {
    case LUA_TNIL:
      lua_pushnil(to);
      return true;
    case LUA_TBOOLEAN:
      lua_pushboolean(to, lua_toboolean(from, index));
      return true;
    case LUA_TNUMBER:
      lua_pushnumber(to, lua_tonumber(from, index));
      return true;
    case LUA_TSTRING: {
      std::size_t size = 0;
      const char* text = lua_tolstring(from, index, &size);
      lua_pushlstring(to, text, size);
      return true;
    }
    case LUA_TTABLE: {
      lua_newtable(to);
      const int table = lua_gettop(to);
      lua_pushnil(from);
      while (lua_next(from, index) != 0) {
        const int value = lua_gettop(from);
        if (!copy_at_depth(from, value - 1, to, depth + 1, alien) || !copy_at_depth(from, value, to, depth + 1, alien))
          return false;
        lua_rawset(to, table);
        lua_settop(from, value - 1);
      }
      return true;
    }
    default:
      alien = luaL_typename(from, index);
      return false;
  }
}

}  // namespace

void push(lua_State* lua, std::string_view text) {
  lua_pushlstring(lua, text.data(), text.size());
}

void push_global(lua_State* lua, std::string_view name) {
  push(lua, name);
  lua_rawget(lua, LUA_GLOBALSINDEX);
}

void set_number(lua_State* lua, const char* name, std::uint64_t value) {
  lua_pushnumber(lua, static_cast<lua_Number>(value));
  lua_setfield(lua, -2, name);
}

void push_fields(lua_State* lua, std::string_view head) {
  lua_newtable(lua);
  for (auto start = head.find('\n'); start != std::string_view::npos;) {
    const auto end = head.find('\n', ++start);
    auto line = head.substr(start, end == std::string_view::npos ? end : end - start);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (const auto colon = line.find(':'); colon != std::string_view::npos) {
      push(lua, line.substr(0, colon));
      const auto value = line.find_first_not_of(" \t", colon + 1);
      push(lua, value == std::string_view::npos ? "" : line.substr(value));
      lua_rawset(lua, -3);
    }
    start = end;
  }
}

bool copy_value(lua_State* from, int index, lua_State* to, const char*& alien) {
  return copy_at_depth(from, index, to, 0, alien);
}

}  // namespace hotlap::loadgen
