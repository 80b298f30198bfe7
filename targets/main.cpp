// hotlap-target: the one place where engines, pages and stores meet.
#include <fmt/core.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "base/socket.h"
#include "base/system_calls.h"
#include "targets/engines/burn.h"
#include "targets/engines/engine.h"
#include "targets/engines/worker_processes.h"
#include "targets/site_factory.h"
#include "targets/stats_handler.h"
#include "targets/store_choice.h"
#include "targets/target_options.h"

namespace {

using namespace hotlap;
using namespace hotlap::targets;

int say(const Error& error) {
  fmt::print(stderr, "hotlap-target: {}\n", error.message);
  return static_cast<int>(error.code);
}

std::unique_ptr<Engine> make_engine(const std::string& name, const EngineOptions& run, HandlerFactory handlers) {
  if (name == "blocking") return make_blocking_engine(run, std::move(handlers));
  if (one_at_a_time(name)) return make_threadpool_engine(run, std::move(handlers));
  if (name == "epoll") return make_epoll_engine(run, std::move(handlers));
  if (name == "uring") return make_uring_engine(run, std::move(handlers));
  return make_pipelined_engine(run, std::move(handlers));
}

bool waits_in_system_calls(const std::string& engine) {
  return engine == "blocking" || one_at_a_time(engine);
}

// Blocks until SIGTERM or SIGINT, which all threads have blocked.
void wait_for_stop(const sigset_t& signals) {
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
}

// All workers of this process, from the first connection to the last.
int serve(const TargetOptions& options, const EngineOptions& run, double burn_links, const sigset_t& signals,
          const std::function<void(std::uint16_t port)>& ready) {
  const auto choice = StoreChoice::make(options.store, &run.board->store_calls());
  if (!choice) return say(choice.error());
  SiteFactory sites(*choice, options.operations, !waits_in_system_calls(options.engine));
  const auto handlers = [&](EventLoop* loop) {
    std::unique_ptr<Handler> pages = sites.make(loop);
    if (burn_links > 0) pages = std::make_unique<BurningHandler>(burn_links, std::move(pages));
    return std::unique_ptr<Handler>(std::make_unique<StatsHandler>(*run.board, options.engine, std::move(pages)));
  };
  const auto engine = make_engine(options.engine, run, handlers);
  const auto port = engine->start();
  if (!port) return say(port.error());
  ready(*port);
  wait_for_stop(signals);
  (void)engine->stop();
  return 0;
}

void say_ready(std::uint16_t port) {
  fmt::print("hotlap-target ready port={} pid={}\n", port, ::getpid());
  std::fflush(stdout);
}

// One worker in each process. The master listens, so that connections wait when a worker dies, instead of being
// refused.
int serve_in_processes(const TargetOptions& options, const EngineOptions& run, double burn_links,
                       const sigset_t& signals) {
  auto listeners = listen_for_workers(run, !waits_in_system_calls(options.engine), one_at_a_time(options.engine));
  if (!listeners) return say(listeners.error());
  const auto address = local_address(listeners->front());
  if (!address) return say(address.error());

  const auto worker = [&](int number, const std::function<void()>& ready) {
    EngineOptions own = run;
    own.workers = 1;
    own.first_worker = number;
    own.listeners = {(*listeners)[static_cast<std::size_t>(number)].get()};
    run.board->row(number).open.set(0);  // the connections of whom it replaces
    run.board->row(number).in_flight.set(0);
    return serve(options, own, burn_links, signals, [&](std::uint16_t) {
      listeners->clear();  // the engine has its duplicate; the other workers' are none of its business
      ready();
    });
  };
  const MasterEvents events{
      .all_ready = [&] { say_ready(address->port()); },
      .replaced = [&](int number) { run.board->row(number).restarts.add(1); },
      .stopping = [&] { listeners->clear(); },
  };
  return run_worker_processes({.workers = run.workers, .drain = run.drain}, worker, events);
}

int measure_burn(Nanos asked, const BurnCalibration& found) {
  fmt::print("calibrated to {} ns: {:.2f} links, measured {:.2f} ns ({:+.3f} %)\n", asked.count(), found.links,
             found.measured_ns, found.deviation(asked) * 100);
  for (int look = 0; look < 10; ++look) {
    const BurnCalibration again{.links = found.links, .measured_ns = measure_burn_ns(found.links)};
    fmt::print("measured {:.2f} ns ({:+.3f} %)\n", again.measured_ns, again.deviation(asked) * 100);
  }
  return 0;
}

int run_target(TargetOptions& options) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  if (auto complete = complete_target_options(options); !complete) return say(complete.error());
  double burn_links = 0;
  if (options.burn_ns > 0) {
    const Nanos asked(static_cast<std::int64_t>(options.burn_ns));
    const auto found = calibrate_burn(asked);
    if (!found) return say(found.error());
    if (options.measure_burn) return measure_burn(asked, *found);
    burn_links = found->links;
  }
  CounterBoard board(options.run.workers);
  EngineOptions run = options.run;
  run.board = &board;
  const int code = options.in_processes() ? serve_in_processes(options, run, burn_links, signals)
                                          : serve(options, run, burn_links, signals, say_ready);
  if (code == 0) fmt::print("hotlap-target served {}\n", stats_text(board.sum()));
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  publish_system_calls();
  TargetOptions options;
  int exit_code = 0;
  if (!parse_target_options(argc, argv, options, exit_code)) return exit_code;
  return run_target(options);
}
