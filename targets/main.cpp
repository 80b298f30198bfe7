// hotlap-target: the one place where engines, pages and stores meet.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <map>
#include <memory>
#include <string>

#include "base/socket.h"
#include "targets/engines/engine.h"
#include "targets/site_factory.h"
#include "targets/store_choice.h"

namespace {

using namespace hotlap;
using namespace hotlap::targets;

constexpr const char* kFooter =
    R"(Pages without a database:
  /                  92 bytes on the wire; /ugly 83
  /about             a template of 2,867 bytes with five cached figures
  /plaintext /json   TechEmpower's
  /agents/hello      {"hello":"world"}
  /sleep?ms=N        answers after N ms, at most 10,000
Pages that need --store:
  /index             two random stickers; POST vote_plus and vote_minus to vote
  /good /bad         the nine best and the nine worst
  /index-one-call /good-one-call /bad-one-call   the same by one call each
  /stickers /stickers/PACK /stickers/PACK/ID     JSON
  /db /queries?queries=N /updates?queries=N      TechEmpower's
  /cached-worlds?count=N /fortunes               TechEmpower's
  /agents            50 agents as JSON
  /events?channel=C  small or large; any other answers 204
  /select-sync /select-async /select-lite /eval-upsert /upsert /insert /replace
                     one thing each, then "Hello world!"

Ready line on standard output:  hotlap-target ready port=N pid=P
Exit line after SIGTERM:        hotlap-target served requests=N connections=N writes=N

Exit codes: 0 stopped by SIGTERM or SIGINT · 1 cannot listen · 2 usage · 21 the store does not answer)";

struct TargetOptions {
  std::string engine = "pipelined";
  std::string host = "127.0.0.1";
  std::string cpus;
  StoreFlags store;
  OperationCount operations = OperationCount::code;
  std::uint16_t port = 8080;
  EngineOptions run;
};

int say(const Error& error) {
  fmt::print(stderr, "hotlap-target: {}\n", error.message);
  return static_cast<int>(error.code);
}

Result<void> fill(TargetOptions& options) {
  const auto address = resolve(options.host, options.port);
  if (!address) return std::unexpected(address.error());
  options.run.address = *address;
  if (!options.cpus.empty()) {
    const auto cpus = CpuSet::parse(options.cpus);
    if (!cpus) return fail("--cpus: " + cpus.error().message, ExitCode::usage);
    if (auto usable = pin_this_thread(*cpus); !usable)
      return fail("--cpus: " + usable.error().message, ExitCode::usage);
    options.run.cpus = *cpus;
  }
  return {};
}

// Blocks until SIGTERM or SIGINT, which all threads have blocked.
void wait_for_stop(const sigset_t& signals) {
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
}

int serve(TargetOptions& options) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  if (auto filled = fill(options); !filled) return say(filled.error());

  const bool blocking = options.engine == "blocking";
  const auto choice = StoreChoice::make(options.store);
  if (!choice) return say(choice.error());
  SiteFactory sites(*choice, options.operations, !blocking);
  const auto handlers = [&](EventLoop* loop) { return sites.make(loop); };
  auto engine = blocking                    ? make_blocking_engine(options.run, handlers)
                : options.engine == "epoll" ? make_epoll_engine(options.run, handlers)
                                            : make_pipelined_engine(options.run, handlers);
  const auto port = engine->start();
  if (!port) return say(port.error());
  fmt::print("hotlap-target ready port={} pid={}\n", *port, ::getpid());
  std::fflush(stdout);
  wait_for_stop(signals);
  const auto counters = engine->stop();
  fmt::print("hotlap-target served requests={} connections={} writes={}\n", counters.requests, counters.connections,
             counters.writes);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  TargetOptions options;
  CLI::App app("Serves the pages of the sticker site with an engine and a store of your choice.", "hotlap-target");
  app.footer(kFooter);
  app.add_option("--engine", options.engine,
                 "blocking: a thread per connection; epoll: one loop, a write per response; pipelined: one loop, "
                 "responses to pipelined requests share writes")
      ->capture_default_str()
      ->check(CLI::IsMember({"blocking", "epoll", "pipelined"}));
  app.add_option("--host", options.host, "Address to listen on")->capture_default_str();
  app.add_option("--port", options.port, "Port; 0 takes a free one")->capture_default_str();
  app.add_option("--workers", options.run.workers, "Worker threads that share the port (SO_REUSEPORT)")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  app.add_option("--gather-responses", options.run.gather.responses, "pipelined: most responses in one write")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  app.add_option("--gather-bytes", options.run.gather.bytes, "pipelined: write when this many bytes have gathered")
      ->capture_default_str()
      ->check(CLI::Range(1, 16 * 1024 * 1024));
  add_store_flags(app, options.store);
  app.add_option("--operations", options.operations,
                 "Database operations of /good and /index without cookie: article (3 and 9) or code (4 and 10)")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, OperationCount>{{"article", OperationCount::article}, {"code", OperationCount::code}},
          CLI::ignore_case))
      ->option_text("article|code [code]");
  app.add_option("--cpus", options.cpus, "Processors for the workers, like 0 or 0,2-3");
  app.set_version_flag("--version", "hotlap-target " HOTLAP_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::usage);
  }
  return serve(options);
}
