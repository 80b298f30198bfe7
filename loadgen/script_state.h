// One Lua state with wrk's API in it: the table wrk and the userdata thread, addr and stats. The seam between Script
// and Lua: nothing of Lua is seen through it but the name of the state. Not thread-safe; one thread at a time. Errors
// of scripts come back as their message; no Lua error leaves these functions. (Running out of memory does end the
// program.)
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/socket.h"
#include "loadgen/faces/wrk_command.h"
#include "loadgen/faces/wrk_outcome.h"

struct lua_State;

namespace hotlap::loadgen {

class ScriptState {
 public:
  // Holds wrk's own functions, the target and the headers; no script yet.
  ScriptState(const wrk::Target& target, const std::vector<std::pair<std::string, std::string>>& headers);
  ScriptState(const ScriptState&) = delete;
  ScriptState& operator=(const ScriptState&) = delete;
  ~ScriptState() = default;

  [[nodiscard]] Result<void> run_file(const std::string& path);
  [[nodiscard]] bool defines(const char* global) const;  // as a function

  // In the main state.
  [[nodiscard]] Result<void> resolve(const std::string& host, const std::string& service);
  [[nodiscard]] Result<void> setup(ScriptState& thread);
  [[nodiscard]] Result<void> done(const wrk::Outcome& outcome);

  // In a thread's state. `request` answers bytes that live until the next call of it.
  [[nodiscard]] Result<void> init(const std::vector<std::string>& arguments);
  [[nodiscard]] Result<std::string_view> request();
  [[nodiscard]] Result<void> response(int status, std::string_view head, std::string_view body);
  [[nodiscard]] Result<double> delay_ms();

  std::optional<Address> address;  // thread.addr
  bool stop = false;               // thread:stop() was called
  int connect_error = 0;           // errno value of the last wrk.connect that failed

 private:
  friend struct ScriptStateLua;
  struct Close {
    void operator()(lua_State* lua) const noexcept;
  };
  // Calls what lies below `arguments` values on the stack; pops them; leaves `results`.
  [[nodiscard]] Result<void> call(int arguments, int results);

  wrk::Outcome outcome_;  // what the statistics objects of done() refer to: outlives the state
  std::unique_ptr<lua_State, Close> lua_;
};

}  // namespace hotlap::loadgen
