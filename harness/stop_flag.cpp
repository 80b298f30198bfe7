#include "harness/stop_flag.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string_view>

namespace hotlap::harness {
namespace {

StopSignals signals;
static_assert(StopFlag::is_always_lock_free, "a signal handler may only touch lock-free atomics");
constexpr std::string_view kHint = "\nhotlap: stops when this trial has ended; Ctrl-C again stops at once\n";

void stop_now(int /*signal*/) {
  signals.now.store(true, std::memory_order_relaxed);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) (void)std::signal(signal, SIG_DFL);
}

void first_interrupt(int signal) {
  if (signals.after_trial.exchange(true, std::memory_order_relaxed)) return stop_now(signal);
  const int error = errno;
  (void)!::write(STDERR_FILENO, kHint.data(), kHint.size());
  errno = error;
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;  // no SA_RESTART: a wait must end
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

const StopSignals& watch_stop_signals(FirstInterrupt first) {
  for (const int signal : {SIGTERM, SIGHUP}) handle(signal, stop_now);
  handle(SIGINT, first == FirstInterrupt::stops_now ? stop_now : first_interrupt);
  return signals;
}

}  // namespace hotlap::harness
