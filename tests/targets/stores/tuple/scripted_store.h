// A server that greets and authenticates like Tarantool and then misbehaves on purpose, on a thread and a port of its
// own, until the object ends.
#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "base/fd.h"
#include "base/socket.h"
#include "targets/stores/tuple/tuple_store.h"

namespace hotlap::targets {

enum class Misbehaviour {
  no_greeting,         // accepts and says nothing
  no_answer,           // takes requests and never answers one
  garbage,             // answers with what is no frame
  garbage_in_a_frame,  // answers with a frame that holds no answer
  someone_elses,       // answers another sync than the one that asked
  half_an_answer,      // and then closes
  drip,                // sends an endless answer, a byte at a time
};

class ScriptedStore {
 public:
  explicit ScriptedStore(Misbehaviour misbehaviour);
  ~ScriptedStore();
  ScriptedStore(const ScriptedStore&) = delete;
  ScriptedStore& operator=(const ScriptedStore&) = delete;

  [[nodiscard]] TupleStoreOptions options(Nanos timeout) const { return {.address = address_, .timeout = timeout}; }
  [[nodiscard]] int connections() const noexcept { return connections_; }  // accepted so far
  [[nodiscard]] int dropped() const noexcept { return dropped_; }          // closed by the client

 private:
  void serve();
  void serve_connection(const Fd& socket);

  const Misbehaviour misbehaviour_;
  Fd listener_;
  Address address_;
  std::atomic<int> open_ = -1;  // the connection being served
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connections_ = 0;
  std::atomic<int> dropped_ = 0;
  std::jthread thread_;
};

}  // namespace hotlap::targets
