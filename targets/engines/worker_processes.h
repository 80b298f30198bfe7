// Worker processes under a master, as in the WSGI servers: the master forks them, replaces one that dies, passes the
// stop on and waits. It serves nothing itself and has a single thread. A worker that dies takes only its own
// connections along; one whose master dies is killed by the kernel. Call it before any thread is started.
#pragma once

#include <functional>

#include "base/error.h"
#include "base/units.h"

namespace hotlap::targets {

struct WorkerProcessesOptions {
  int workers = 1;
  Nanos drain = std::chrono::seconds(5);  // what a worker may take to end; then it is killed
};

// What a worker process is given: its number, and what to call once it serves.
using WorkerMain = std::function<int(int worker, const std::function<void()>& ready)>;

struct MasterEvents {
  std::function<void()> all_ready;           // every worker serves
  std::function<void(int worker)> replaced;  // one has died and been replaced
  std::function<void()> stopping;            // before the stop is passed on: close what is listened on
};

// Returns in the master only: after SIGTERM or SIGINT (which the caller has blocked) 0; the exit code of a worker that
// ended before it was ready, for a replacement would fare no better.
[[nodiscard]] int run_worker_processes(const WorkerProcessesOptions& options, const WorkerMain& worker_main,
                                       const MasterEvents& events);

}  // namespace hotlap::targets
