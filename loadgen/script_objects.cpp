#include "loadgen/script_objects.h"

#include <cstring>
#include <lua.hpp>
#include <new>

#include "loadgen/script_values.h"

namespace hotlap::loadgen {

struct ScriptStateLua {
  static lua_State* of(const ScriptState& state) noexcept { return state.lua_.get(); }
};

namespace {

constexpr const char* kThread = "wrk.thread";
constexpr const char* kAddress = "wrk.addr";
constexpr const char* kStats = "wrk.stats";

template <class T>
void push_object(lua_State* lua, const T& object, const char* kind) {
  static_assert(std::is_trivially_destructible_v<T>);
  new (lua_newuserdata(lua, sizeof(T))) T(object);
  luaL_getmetatable(lua, kind);
  lua_setmetatable(lua, -2);
}

struct ThreadView {
  ScriptState* thread;
};

ScriptState& thread_at(lua_State* lua, int index) {
  return *static_cast<ThreadView*>(luaL_checkudata(lua, index, kThread))->thread;
}

int thread_get(lua_State* lua) {
  lua_State* from = ScriptStateLua::of(thread_at(lua, 1));
  const char* name = luaL_checkstring(lua, 2);
  const int top = lua_gettop(from);
  push_global(from, name);
  const char* alien = nullptr;
  const bool copied = copy_value(from, top + 1, lua, alien);
  if (from != lua) lua_settop(from, top);
  if (!copied) return luaL_error(lua, "cannot transfer '%s' from thread", alien);
  return 1;
}

int thread_set(lua_State* lua) {
  lua_State* to = ScriptStateLua::of(thread_at(lua, 1));
  const char* name = luaL_checkstring(lua, 2);
  luaL_checkany(lua, 3);
  const int top = lua_gettop(to);
  push(to, name);
  const char* alien = nullptr;
  if (!copy_value(lua, 3, to, alien)) {
    lua_settop(to, top);
    return luaL_error(lua, "cannot transfer '%s' to thread", alien);
  }
  lua_rawset(to, LUA_GLOBALSINDEX);
  return 0;
}

int thread_stop(lua_State* lua) {
  thread_at(lua, 1).stop = true;
  return 0;
}

int thread_index(lua_State* lua) {
  const auto& thread = thread_at(lua, 1);
  const std::string_view key = luaL_checkstring(lua, 2);
  if (key == "get")
    lua_pushcfunction(lua, thread_get);
  else if (key == "set")
    lua_pushcfunction(lua, thread_set);
  else if (key == "stop")
    lua_pushcfunction(lua, thread_stop);
  else if (key == "addr" && thread.address)
    push_object(lua, *thread.address, kAddress);
  else
    lua_pushnil(lua);
  return 1;
}

int thread_newindex(lua_State* lua) {
  auto& thread = thread_at(lua, 1);
  const char* key = luaL_checkstring(lua, 2);
  if (std::strcmp(key, "addr") != 0) return luaL_error(lua, "cannot set '%s' on thread", key);
  thread.address = *static_cast<Address*>(luaL_checkudata(lua, 3, kAddress));
  return 0;
}

int address_text(lua_State* lua) {
  push(lua, static_cast<Address*>(luaL_checkudata(lua, 1, kAddress))->text());
  return 1;
}

struct StatsView {
  const wrk::Samples* samples;
  bool wrk_percentiles;
};

const StatsView& stats_at(lua_State* lua, int index) {
  return *static_cast<StatsView*>(luaL_checkudata(lua, index, kStats));
}

int stats_percentile(lua_State* lua) {
  const auto& view = stats_at(lua, 1);
  const long double percent = luaL_checknumber(lua, 2);
  const auto value =
      view.wrk_percentiles ? view.samples->percentile_as_wrk(percent) : view.samples->percentile(percent);
  lua_pushnumber(lua, static_cast<lua_Number>(value));
  return 1;
}

int stats_index(lua_State* lua) {
  const auto& samples = *stats_at(lua, 1).samples;
  const std::string_view key = luaL_checkstring(lua, 2);
  if (key == "min")
    lua_pushnumber(lua, static_cast<lua_Number>(samples.min()));
  else if (key == "max")
    lua_pushnumber(lua, static_cast<lua_Number>(samples.max()));
  else if (key == "mean")
    lua_pushnumber(lua, static_cast<lua_Number>(samples.mean()));
  else if (key == "stdev")
    lua_pushnumber(lua, static_cast<lua_Number>(samples.deviation()));
  else if (key == "percentile")
    lua_pushcfunction(lua, stats_percentile);
  else
    lua_pushnil(lua);
  return 1;
}

// stats(i): the i-th distinct value, from 1, and its count; 0 and 0 where there is none.
int stats_call(lua_State* lua) {
  const auto& rising = stats_at(lua, 1).samples->rising();
  const auto index = luaL_checkinteger(lua, 2);
  wrk::Sample sample{0, 0};
  if (index >= 1 && static_cast<std::size_t>(index) <= rising.size())
    sample = rising[static_cast<std::size_t>(index) - 1];
  lua_pushnumber(lua, static_cast<lua_Number>(sample.value));
  lua_pushnumber(lua, static_cast<lua_Number>(sample.count));
  return 2;
}

int stats_length(lua_State* lua) {
  lua_pushinteger(lua, static_cast<lua_Integer>(stats_at(lua, 1).samples->rising().size()));
  return 1;
}

// Pushes the table of addresses, or else the message.
bool push_addresses(lua_State* lua, const char* host, const char* service) {
  const auto addresses = wrk::look_up(host, service);
  if (!addresses) {
    push(lua, addresses.error().message);
    return false;
  }
  lua_newtable(lua);
  for (std::size_t i = 0; i < addresses->size(); ++i) {
    push_object(lua, (*addresses)[i], kAddress);
    lua_rawseti(lua, -2, static_cast<int>(i) + 1);
  }
  return true;
}

int wrk_lookup(lua_State* lua) {
  const char* host = luaL_checkstring(lua, 1);
  const char* service = luaL_checkstring(lua, 2);
  return push_addresses(lua, host, service) ? 1 : lua_error(lua);
}

int wrk_connect(lua_State* lua) {
  const int refused = wrk::try_connect(*static_cast<Address*>(luaL_checkudata(lua, 1, kAddress)));
  if (refused != 0) static_cast<ScriptState*>(lua_touserdata(lua, lua_upvalueindex(1)))->connect_error = refused;
  lua_pushboolean(lua, refused == 0 ? 1 : 0);
  return 1;
}

struct Method {
  const char* name;
  lua_CFunction function;
};

template <std::size_t kCount>
void define_kind(lua_State* lua, const char* kind, const Method (&methods)[kCount]) {
  luaL_newmetatable(lua, kind);
  for (const auto& method : methods) {
    lua_pushcfunction(lua, method.function);
    lua_setfield(lua, -2, method.name);
  }
  lua_pop(lua, 1);
}

}  // namespace

void define_script_objects(lua_State* lua) {
  define_kind(lua, kThread, {{"__index", thread_index}, {"__newindex", thread_newindex}});
  define_kind(lua, kAddress, {{"__tostring", address_text}});
  define_kind(lua, kStats, {{"__index", stats_index}, {"__call", stats_call}, {"__len", stats_length}});
}

void push_thread(lua_State* lua, ScriptState& thread) {
  push_object(lua, ThreadView{&thread}, kThread);
}

void push_stats(lua_State* lua, const wrk::Samples& samples, bool wrk_percentiles) {
  push_object(lua, StatsView{&samples, wrk_percentiles}, kStats);
}

void push_lookup(lua_State* lua) {
  lua_pushcfunction(lua, wrk_lookup);
}

void push_connect(lua_State* lua, ScriptState& caller) {
  lua_pushlightuserdata(lua, &caller);
  lua_pushcclosure(lua, wrk_connect, 1);
}

}  // namespace hotlap::loadgen
