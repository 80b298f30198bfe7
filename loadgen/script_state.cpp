#include "loadgen/script_state.h"

#include <fmt/core.h>

#include <cstring>
#include <lua.hpp>
#include <new>

namespace hotlap::loadgen {

struct ScriptStateLua {
  static lua_State* of(const ScriptState& state) noexcept { return state.lua_.get(); }
};

namespace {

// wrk's part that is written in Lua: scripts may replace any of it, and do.
constexpr std::string_view kPrelude = R"lua(
local wrk = { scheme = "http", host = "localhost", method = "GET", path = "/", headers = {} }

local function call_if_defined(name, argument)
  local callback = _G[name]
  if type(callback) == "function" then callback(argument) end
end

function wrk.resolve(host, service)
  local accepting = {}
  for _, addr in ipairs(wrk.lookup(host, service)) do
    if wrk.connect(addr) then accepting[#accepting + 1] = addr end
  end
  wrk.addrs = accepting
end

function wrk.setup(thread)
  thread.addr = wrk.addrs[1]
  call_if_defined("setup", thread)
end

function wrk.init(args)
  if not wrk.headers.Host then
    local name = wrk.host
    if name:find(":", 1, true) then name = "[" .. name .. "]" end
    wrk.headers.Host = wrk.port and name .. ":" .. wrk.port or name
  end
  call_if_defined("init", args)
  local fixed = wrk.format()
  wrk.request = function() return fixed end
end

-- Sets Host and Content-Length in the table that it is given, as scripts may rely on.
function wrk.format(method, path, headers, body)
  headers, body = headers or wrk.headers, body or wrk.body
  headers.Host = headers.Host or wrk.headers.Host
  headers["Content-Length"] = body and #body
  local lines = { ("%s %s HTTP/1.1"):format(method or wrk.method, path or wrk.path) }
  for name, value in pairs(headers) do
    lines[#lines + 1] = ("%s: %s"):format(name, value)
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = body or ""
  return table.concat(lines, "\r\n")
end

return wrk
)lua";

constexpr const char* kTable = "hotlap.wrk";  // in the registry, because a script may overwrite the global
constexpr const char* kThread = "wrk.thread";
constexpr const char* kAddress = "wrk.addr";
constexpr const char* kStats = "wrk.stats";

void push(lua_State* lua, std::string_view text) {
  lua_pushlstring(lua, text.data(), text.size());
}

// Without metamethods: these run outside of any protected call.
void push_global(lua_State* lua, std::string_view name) {
  push(lua, name);
  lua_rawget(lua, LUA_GLOBALSINDEX);
}

void push_own(lua_State* lua, std::string_view name) {
  lua_getfield(lua, LUA_REGISTRYINDEX, kTable);
  push(lua, name);
  lua_rawget(lua, -2);
  lua_remove(lua, -2);
}

void set_own(lua_State* lua, std::string_view name) {  // pops the value
  lua_getfield(lua, LUA_REGISTRYINDEX, kTable);
  push(lua, name);
  lua_pushvalue(lua, -3);
  lua_rawset(lua, -3);
  lua_pop(lua, 2);
}

template <class T>
void push_object(lua_State* lua, const T& object, const char* kind) {
  static_assert(std::is_trivially_destructible_v<T>);
  new (lua_newuserdata(lua, sizeof(T))) T(object);
  luaL_getmetatable(lua, kind);
  lua_setmetatable(lua, -2);
}

// Copies the value at `index` (absolute) of one state to the top of another. False: `alien` names what cannot be
// copied; both stacks are then to be cut back.
bool copy_value(lua_State* from, int index, lua_State* to, int depth, const char*& alien) {
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
        if (!copy_value(from, value - 1, to, depth + 1, alien) || !copy_value(from, value, to, depth + 1, alien))
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
  const bool copied = copy_value(from, top + 1, lua, 0, alien);
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
  if (!copy_value(lua, 3, to, 0, alien)) {
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

// A table of the fields of a response's head; of several with one name, the last. Blanks behind a value stay: so
// scripts know them.
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

void set_number(lua_State* lua, const char* name, std::uint64_t value) {
  lua_pushnumber(lua, static_cast<lua_Number>(value));
  lua_setfield(lua, -2, name);
}

}  // namespace

void ScriptState::Close::operator()(lua_State* lua) const noexcept {
  lua_close(lua);
}

ScriptState::ScriptState(const wrk::Target& target, const std::vector<std::pair<std::string, std::string>>& headers)
    : lua_(luaL_newstate()) {
  lua_State* lua = lua_.get();
  check(lua != nullptr, "there is memory for a Lua state");
  luaL_openlibs(lua);
  define_kind(lua, kThread, {{"__index", thread_index}, {"__newindex", thread_newindex}});
  define_kind(lua, kAddress, {{"__tostring", address_text}});
  define_kind(lua, kStats, {{"__index", stats_index}, {"__call", stats_call}, {"__len", stats_length}});

  const bool loaded = luaL_loadbuffer(lua, kPrelude.data(), kPrelude.size(), "=wrk") == 0;
  check(loaded && lua_pcall(lua, 0, 1, 0) == 0, "wrk's own part in Lua loads");
  lua_pushvalue(lua, -1);
  lua_setfield(lua, LUA_REGISTRYINDEX, kTable);
  lua_pushvalue(lua, -1);
  lua_setglobal(lua, "wrk");
  lua_getglobal(lua, "package");
  lua_getfield(lua, -1, "loaded");
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "wrk");
  lua_pop(lua, 2);

  lua_pushcfunction(lua, wrk_lookup);
  lua_setfield(lua, -2, "lookup");
  lua_pushlightuserdata(lua, this);
  lua_pushcclosure(lua, wrk_connect, 1);
  lua_setfield(lua, -2, "connect");
  const auto set_text = [&](const char* name, const std::string& text) {
    push(lua, text);
    lua_setfield(lua, -2, name);
  };
  set_text("scheme", target.scheme);
  set_text("host", target.host);
  if (!target.port.empty()) set_text("port", target.port);
  set_text("path", target.path);
  lua_getfield(lua, -1, "headers");
  for (const auto& [name, value] : headers) set_text(name.c_str(), value);
  lua_pop(lua, 2);
}

Result<void> ScriptState::call(int arguments, int results) {
  lua_State* lua = lua_.get();
  if (lua_pcall(lua, arguments, results, 0) == 0) return {};
  std::size_t size = 0;
  const char* text = lua_tolstring(lua, -1, &size);
  std::string message = text != nullptr ? std::string(text, size) : "the script raised an error without a text";
  lua_pop(lua, 1);
  return fail(std::move(message));
}

Result<void> ScriptState::run_file(const std::string& path) {
  if (luaL_loadfile(lua_.get(), path.c_str()) != 0) {
    std::string message = lua_tostring(lua_.get(), -1);
    lua_pop(lua_.get(), 1);
    return fail(std::move(message));
  }
  return call(0, 0);
}

bool ScriptState::defines(const char* global) const {
  push_global(lua_.get(), global);
  const bool is_function = lua_isfunction(lua_.get(), -1);
  lua_pop(lua_.get(), 1);
  return is_function;
}

Result<void> ScriptState::resolve(const std::string& host, const std::string& service) {
  lua_State* lua = lua_.get();
  push_own(lua, "resolve");
  push(lua, host);
  push(lua, service);
  if (auto resolved = call(2, 0); !resolved) return resolved;
  push_own(lua, "addrs");
  const bool accepting = lua_istable(lua, -1) && lua_objlen(lua, -1) > 0;
  lua_pop(lua, 1);
  if (accepting) return {};
  return fail(fmt::format("unable to connect to {}:{} {}", host, service, std::strerror(connect_error)));
}

Result<void> ScriptState::setup(ScriptState& thread) {
  push_object(thread.lua_.get(), ThreadView{&thread}, kThread);
  set_own(thread.lua_.get(), "thread");
  push_own(lua_.get(), "setup");
  push_object(lua_.get(), ThreadView{&thread}, kThread);
  return call(1, 0);
}

Result<void> ScriptState::init(const std::vector<std::string>& arguments) {
  lua_State* lua = lua_.get();
  push_own(lua, "init");
  lua_newtable(lua);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    push(lua, arguments[i]);
    lua_rawseti(lua, -2, static_cast<int>(i));
  }
  return call(1, 0);
}

Result<std::string_view> ScriptState::request() {
  lua_State* lua = lua_.get();
  push_global(lua, "request");
  if (!lua_isfunction(lua, -1)) {
    lua_pop(lua, 1);
    push_own(lua, "request");
  }
  if (auto called = call(0, 1); !called) return std::unexpected(called.error());
  if (lua_isstring(lua, -1) == 0) {
    auto message = fmt::format("request() answered a {} value, not a string", luaL_typename(lua, -1));
    lua_pop(lua, 1);
    return fail(std::move(message));
  }
  std::size_t size = 0;
  const char* bytes = lua_tolstring(lua, -1, &size);
  // The string stays on the stack, so that it lives, until its successor is made.
  if (lua_gettop(lua) > 1) lua_remove(lua, 1);
  return std::string_view(bytes, size);
}

Result<void> ScriptState::response(int status, std::string_view head, std::string_view body) {
  lua_State* lua = lua_.get();
  push_global(lua, "response");
  lua_pushinteger(lua, status);
  push_fields(lua, head);
  push(lua, body);
  return call(3, 0);
}

Result<double> ScriptState::delay_ms() {
  lua_State* lua = lua_.get();
  push_global(lua, "delay");
  if (auto called = call(0, 1); !called) return std::unexpected(called.error());
  const double ms = lua_tonumber(lua, -1);
  lua_pop(lua, 1);
  return ms;
}

Result<void> ScriptState::done(const wrk::Outcome& outcome) {
  lua_State* lua = lua_.get();
  outcome_ = outcome;
  push_global(lua, "done");
  lua_newtable(lua);
  set_number(lua, "duration", outcome.duration_us);
  set_number(lua, "requests", outcome.requests);
  set_number(lua, "bytes", outcome.bytes);
  lua_newtable(lua);
  set_number(lua, "connect", outcome.errors.connect);
  set_number(lua, "read", outcome.errors.read);
  set_number(lua, "write", outcome.errors.write);
  set_number(lua, "status", outcome.errors.status);
  set_number(lua, "timeout", outcome.errors.timeout);
  lua_setfield(lua, -2, "errors");
  push_object(lua, StatsView{&outcome_.latency, outcome.wrk_percentiles}, kStats);
  push_object(lua, StatsView{&outcome_.rate, outcome.wrk_percentiles}, kStats);
  return call(3, 0);
}

}  // namespace hotlap::loadgen
