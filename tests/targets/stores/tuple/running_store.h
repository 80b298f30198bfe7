// A database server for integration tests, on a free port of its own: hotlap-tuplestore, or the real Tarantool with the
// scenario's init.lua in a private folder. Stopped, by its own process, when the object ends.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/process.h"
#include "targets/loop/event_loop.h"
#include "targets/stores/store.h"
#include "targets/stores/tuple/tuple_store.h"

namespace hotlap::targets {

class RunningStore {
 public:
  // `arguments`: further ones of hotlap-tuplestore.
  [[nodiscard]] static Result<std::unique_ptr<RunningStore>> tuplestore(const std::vector<std::string>& arguments = {});
  // `script`: run instead of the scenario's, with the same environment; must come to answer hotlap_ready.
  [[nodiscard]] static Result<std::unique_ptr<RunningStore>> tarantool(const std::string& script = {});
  ~RunningStore();
  RunningStore(const RunningStore&) = delete;
  RunningStore& operator=(const RunningStore&) = delete;

  [[nodiscard]] const TupleStoreOptions& options() const noexcept { return options_; }
  [[nodiscard]] TupleStoreOptions options(std::string_view connections) const;
  // Asks the server to end and waits for it; what it printed last (hotlap-tuplestore: its "served" line).
  std::string stop();
  // Kills it, and starts it again on the same port with fresh data.
  Result<void> restart();
  void signal(int number) { process_->signal_group(number); }

 private:
  RunningStore() = default;
  Result<void> start_tuplestore();
  Result<void> start_tarantool();
  std::optional<Process> process_;
  bool real_ = false;
  std::vector<std::string> arguments_;
  std::string script_;
  std::filesystem::path folder_;
  TupleStoreOptions options_;
};

// One operation on a lease of its own. The async form runs the loop until the answer is there.
[[nodiscard]] bool same_rows(const Rows& a, const Rows& b, bool in_any_order);
[[nodiscard]] Outcome execute(Store& store, const Operation& operation);
[[nodiscard]] Outcome execute(EventLoop& loop, Store& store, const Operation& operation);
// Runs the loop until `done()`, at most ten seconds; false then.
[[nodiscard]] bool run_until(EventLoop& loop, const std::function<bool()>& done);

}  // namespace hotlap::targets
