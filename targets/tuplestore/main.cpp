// hotlap-tuplestore: the in-repo database server that speaks Tarantool's protocol, and (--probe, --calls) the
// questions whether such a server, this one or Tarantool itself, is ready, and how much it was asked.

#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <string>

#include "base/clock.h"
#include "base/cpu_set.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/help_layout.h"
#include "base/socket.h"
#include "base/system_calls.h"
#include "base/units.h"
#include "targets/loop/event_loop.h"
#include "targets/stores/tuple/tuple_store.h"
#include "targets/tuplestore/database.h"
#include "targets/tuplestore/provision.h"
#include "targets/tuplestore/server.h"

namespace {

using namespace hotlap;
using namespace hotlap::targets;

constexpr Nanos kProbeTimeout = std::chrono::seconds(1);
constexpr Nanos kCallsTimeout = std::chrono::seconds(5);  // it may still be busy with what a load has left behind
constexpr Nanos kDrainLimit = std::chrono::seconds(5);

struct Arguments {
  std::string host = "127.0.0.1";
  std::uint16_t port = 3311;
  std::string user = "tesla";
  std::string password = "secret";
  std::string cpus;
  std::string memory = "384MB";
  std::string probe;
  std::string calls;
};

// SIGTERM and SIGINT as an event of the loop.
class StopSignal final : public EventLoop::Watcher {
 public:
  explicit StopSignal(EventLoop& loop) : loop_(loop) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    signals_ = Fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    check(static_cast<bool>(signals_), "signals come as a descriptor");
    loop_.add(signals_.get(), EPOLLIN, *this);
  }
  ~StopSignal() override { loop_.remove(signals_.get(), *this); }
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  void on_events(std::uint32_t /*events*/) noexcept override {
    signalfd_siginfo info{};
    (void)!::read(signals_.get(), &info, sizeof info);
    came_ = true;
  }
  [[nodiscard]] bool came() const noexcept { return came_; }

 private:
  EventLoop& loop_;
  Fd signals_;
  bool came_ = false;
};

Result<TupleStoreOptions> options_for(const std::string& asked, const Arguments& arguments) {
  const auto address = resolve(asked);
  if (!address) return fail(address.error().message, ExitCode::usage);
  return TupleStoreOptions{.address = *address, .user = arguments.user, .password = arguments.password};
}

Result<void> probe(const Arguments& arguments) {
  const auto options = options_for(arguments.probe, arguments);
  if (!options) return std::unexpected(options.error());
  if (auto ready = ping_tuple_store(*options, kProbeTimeout); !ready) return ready;
  fmt::print("tuple store {} is ready\n", options->address.text());
  return {};
}

Result<void> print_calls(const Arguments& arguments) {
  const auto options = options_for(arguments.calls, arguments);
  if (!options) return std::unexpected(options.error());
  const auto sent = ask_operations_sent(*options, kCallsTimeout);
  if (!sent) return std::unexpected(sent.error());
  fmt::print("{}\n", *sent);
  return {};
}

Result<void> serve(const Arguments& arguments) {
  const auto cpus = CpuSet::parse(arguments.cpus);
  if (!cpus && !arguments.cpus.empty()) return fail(cpus.error().message, ExitCode::usage);
  if (cpus)
    if (auto pinned = pin_this_thread(*cpus); !pinned) return pinned;
  const auto memory = parse_bytes(arguments.memory);
  if (!memory) return fail(memory.error().message, ExitCode::usage);
  const auto address = resolve(arguments.host, arguments.port);
  if (!address) return std::unexpected(address.error());

  EventLoop loop;
  const StopSignal stop(loop);
  tuplestore::Database database(tuplestore::page_spaces(), *memory);
  const auto server = tuplestore::Server::open(
      loop, database, {.address = *address, .user = arguments.user, .password = arguments.password});
  if (!server) return std::unexpected(server.error());
  tuplestore::provision(database);
  fmt::print("hotlap-tuplestore ready port={} pid={}\n", (*server)->port(), ::getpid());
  std::fflush(stdout);

  loop.run([&] { return stop.came(); });
  (*server)->drain();
  const Instant deadline = monotonic_now() + kDrainLimit;
  loop.run([&] { return (*server)->drained() || monotonic_now() >= deadline; });
  const auto& served = (*server)->served();
  fmt::print("hotlap-tuplestore served requests={} connections={}\n", served.requests, served.connections);
  std::fflush(stdout);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  publish_system_calls();
  Arguments arguments;
  CLI::App app("In-memory database server that speaks Tarantool's protocol (IPROTO), with the sticker site's data.",
               "hotlap-tuplestore");
  lay_out_help(app);
  app.set_version_flag("--version", "hotlap-tuplestore " HOTLAP_VERSION);
  app.add_option("--host", arguments.host, "address to listen on")->capture_default_str()->type_name("ADDRESS");
  app.add_option("--port", arguments.port, "port to listen on, 0 for a free one")
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--user", arguments.user, "user to authenticate as")->capture_default_str()->type_name("NAME");
  app.add_option("--password", arguments.password, "the user's password")->capture_default_str()->type_name("WORD");
  app.add_option("--cpus", arguments.cpus, "processors to run on: 0, 0,2-3")->type_name("LIST");
  app.add_option("--memory", arguments.memory,
                 "how much rows and their indexes may take; beyond it new rows are refused with error 2")
      ->capture_default_str()
      ->type_name("BYTES");
  app.add_option("--probe", arguments.probe, "serve nothing, ask whether the server there is ready; exit code 0 or 21")
      ->type_name("HOST:PORT");
  app.add_option("--calls", arguments.calls,
                 "serve nothing, print how many operations clients have sent to the server there, by its own count")
      ->type_name("HOST:PORT")
      ->excludes("--probe");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::usage);
  }
  const auto done = !arguments.probe.empty()   ? probe(arguments)
                    : !arguments.calls.empty() ? print_calls(arguments)
                                               : serve(arguments);
  if (done) return static_cast<int>(ExitCode::success);
  fmt::print(stderr, "hotlap-tuplestore: {}\n", done.error().message);
  return static_cast<int>(done.error().code);
}
