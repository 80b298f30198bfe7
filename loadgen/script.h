// A Lua script in wrk's API, run by LuaJIT: what wrk 4.1 does with setup, init, delay, request, response and done, one
// Lua state for each load thread and one more for setup and done. The order of calls is wrk's: load the file in the
// main state, resolve; for each thread: load the file, setup(thread) in the main state, init(args) in the thread's;
// then request() once in the first thread's state, only to count what it answers (so a script that counts sees one call
// more).
//
// How a program uses it, in this order:
//   auto script = Script::load(options);                       // errors: one line for standard error, then exit 1
//   spec.pipeline_depth = (*script)->pipeline_depth();         // requests in what request() answers
//   worker i: source = (*script)->source_for(i);               // a RequestSource, used by that worker's thread only
//             connects to (*script)->address(i)                // thread.addr, which setup() may have changed
//   after the join: (*script)->error()                         // the script failed while running: as wrk, exit 1
//                   (*script)->done(outcome)                   // does nothing when there is no done()
//
// Deviations, all on the side of telling: a script that cannot be loaded ends the program (wrk goes on without it), and
// so does one whose request() does not answer whole requests. A script that fails while running answers empty requests
// (no bytes, requests == 0) from then on and wants_stop().
// Script: main thread only. It must outlive its sources; thread states are touched by it only before the workers start
// and after they are joined.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/socket.h"
#include "loadgen/faces/wrk_command.h"
#include "loadgen/faces/wrk_outcome.h"
#include "loadgen/request_source.h"

namespace hotlap::loadgen {

struct ScriptOptions {
  std::string path;
  std::vector<std::string> arguments;                        // of init: the URL, then what the user gave after it
  wrk::Target target;                                        // wrk.scheme, host, port, path
  std::vector<std::pair<std::string, std::string>> headers;  // into wrk.headers, before the file is run
  load::Expectation expect;                                  // of every response
  int threads = 1;
  bool delays = true;  // false: delay() is never asked for, as in wrk2
};

class Script {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Script>> load(const ScriptOptions& options);

  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;
  ~Script();

  [[nodiscard]] int pipeline_depth() const noexcept;
  // `thread`: 0 to threads − 1.
  [[nodiscard]] std::unique_ptr<RequestSource> source_for(int thread);
  [[nodiscard]] const Address& address(int thread) const;

  [[nodiscard]] std::optional<Error> error() const;
  [[nodiscard]] bool has_done() const;
  [[nodiscard]] Result<void> done(const wrk::Outcome& outcome);

 private:
  struct Parts;
  explicit Script(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace hotlap::loadgen
