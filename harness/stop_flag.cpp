#include "harness/stop_flag.h"

#include <csignal>

namespace hotlap::harness {
namespace {

StopFlag stop_requested{false};
static_assert(StopFlag::is_always_lock_free, "a signal handler may only touch lock-free atomics");

void request_stop(int /*signal*/) {
  stop_requested.store(true, std::memory_order_relaxed);
}

}  // namespace

const StopFlag& watch_stop_signals() {
  struct sigaction action{};
  action.sa_handler = request_stop;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // no SA_RESTART: a wait must end
  for (const int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
  return stop_requested;
}

}  // namespace hotlap::harness
