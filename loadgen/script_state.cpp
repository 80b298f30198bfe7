#include "loadgen/script_state.h"

#include <fmt/core.h>

#include <cstring>
#include <lua.hpp>

#include "loadgen/script_objects.h"
#include "loadgen/script_values.h"

namespace hotlap::loadgen {
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

}  // namespace

void ScriptState::Close::operator()(lua_State* lua) const noexcept {
  lua_close(lua);
}

ScriptState::ScriptState(const wrk::Target& target, const std::vector<std::pair<std::string, std::string>>& headers)
    : lua_(luaL_newstate()) {
  lua_State* lua = lua_.get();
  check(lua != nullptr, "there is memory for a Lua state");
  luaL_openlibs(lua);
  define_script_objects(lua);

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

  push_lookup(lua);
  lua_setfield(lua, -2, "lookup");
  push_connect(lua, *this);
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
  push_thread(thread.lua_.get(), thread);
  set_own(thread.lua_.get(), "thread");
  push_own(lua_.get(), "setup");
  push_thread(lua_.get(), thread);
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
  push_stats(lua, outcome_.latency, outcome.wrk_percentiles);
  push_stats(lua, outcome_.rate, outcome.wrk_percentiles);
  return call(3, 0);
}

}  // namespace hotlap::loadgen
