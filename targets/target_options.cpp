#include "targets/target_options.h"

#include <CLI/CLI.hpp>
#include <map>

#include "base/help_layout.h"
#include "base/units.h"

namespace hotlap::targets {
namespace {

constexpr const char* kFooter =
    R"(Engines:
  blocking    a thread for each connection
  threadpool  --threads N per worker, each serves one connection at a time;
              further connections wait
  prefork     --workers N processes, each serves one connection at a time;
              further connections wait
  epoll       an event loop per worker, a write for each response
  pipelined   an event loop per worker; responses to pipelined requests share
              writes, up to the gather limits
  uring       an io_uring per worker; a connection's responses of one turn share
              a write (Linux 6.0 or newer)

A slow client holds its thread or process of threadpool and prefork until a
deadline; in the other engines nobody but itself.

Pages without a database:
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
Everywhere:
  /_stats            JSON: what was counted so far; requests for it are not

Ready line:              hotlap-target ready port=N pid=P
Exit line after SIGTERM: hotlap-target served requests=N responses=N …

Exit codes: 0 stopped by SIGTERM or SIGINT · 1 cannot listen, or no io_uring ·
2 usage · 21 the store does not answer
)";

void add_duration(CLI::App& app, const char* flag, Nanos& into, const char* what) {
  app.add_option_function<std::string>(
         flag,
         [flag, &into](const std::string& text) {
           const auto duration = parse_duration(text);
           if (!duration) throw CLI::ValidationError(flag, duration.error().message);
           if (*duration <= Nanos::zero() || *duration > std::chrono::hours(24))
             throw CLI::ValidationError(flag, text + " is not between 1ns and 24h");
           into = *duration;
         },
         what)
      ->default_str(format_duration(into))
      ->type_name("TIME")
      ->group("Deadlines");
}

}  // namespace

bool parse_target_options(int argc, char** argv, TargetOptions& options, int& exit_code) {
  auto& run = options.run;
  CLI::App app("Serves the pages of the sticker site with an engine and a store of your choice.", "hotlap-target");
  lay_out_help(app);
  app.footer(kFooter);
  app.add_option("--engine", options.engine, "Who waits for requests and how answers are written: one of those below")
      ->capture_default_str()
      ->check(CLI::IsMember({"blocking", "threadpool", "prefork", "epoll", "pipelined", "uring"}))
      ->type_name("NAME")
      ->group("Engine");
  app.add_option("--host", options.host, "Address to listen on")
      ->capture_default_str()
      ->type_name("ADDRESS")
      ->group("Engine");
  app.add_option("--port", options.port, "Port; 0 takes a free one")
      ->capture_default_str()
      ->type_name("N")
      ->group("Engine");
  app.add_option("--workers", run.workers, "Workers that share the port")
      ->capture_default_str()
      ->check(CLI::Range(1, 256))
      ->type_name("N")
      ->group("Engine");
  app.add_option("--workers-as", options.workers_as,
                 "threads, or processes under a master that replaces one that dies (prefork: always processes)")
      ->capture_default_str()
      ->check(CLI::IsMember({"threads", "processes"}))
      ->type_name("WHAT")
      ->group("Engine");
  app.add_option("--threads", run.threads, "threadpool: threads of each worker")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000))
      ->type_name("N")
      ->group("Engine");
  app.add_option("--cpus", options.cpus, "Processors for the workers, like 0 or 0,2-3: worker i gets the i-th")
      ->type_name("LIST")
      ->group("Engine");
  app.add_option("--gather-responses", run.gather.responses, "pipelined: most responses in one write")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000))
      ->type_name("N")
      ->group("Engine");
  app.add_option("--gather-bytes", run.gather.bytes, "pipelined: write when this many bytes have gathered")
      ->capture_default_str()
      ->check(CLI::Range(1, 16 * 1024 * 1024))
      ->type_name("N")
      ->group("Engine");
  add_duration(app, "--idle-timeout", run.times.idle, "Close a connection that asks for nothing this long");
  add_duration(app, "--header-timeout", run.times.head, "Answer 408 when a head takes longer to come");
  add_duration(app, "--body-timeout", run.times.body, "Answer 408 when a body takes longer to come");
  add_duration(app, "--write-timeout", run.times.write, "Close when the client takes nothing of its answers this long");
  add_duration(app, "--drain-timeout", run.drain, "After SIGTERM, what requests under way get to come to their end");
  app.add_option("--burn-ns-per-request", options.burn_ns,
                 "Burn this much processor time before each answer, calibrated at start to 0.3 %")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
      ->type_name("NS")
      ->group("Engine");
  app.add_flag("--measure-burn", options.measure_burn,
               "Calibrate --burn-ns-per-request, measure it ten times, print both and exit")
      ->group("Engine");
  add_store_flags(app, options.store);
  app.add_option("--operations", options.operations,
                 "Database operations of /good and /index without cookie: article (3 and 9) or code (4 and 10)")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, OperationCount>{{"article", OperationCount::article}, {"code", OperationCount::code}},
          CLI::ignore_case))
      ->default_str("code")
      ->type_name("WHOSE")
      ->group("Database");
  app.set_version_flag("--version", "hotlap-target " HOTLAP_VERSION);
  try {
    app.parse(argc, argv);
    if (options.measure_burn && options.burn_ns == 0)
      throw CLI::ValidationError("--measure-burn", "needs --burn-ns-per-request N");
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::usage);
    return false;
  }
  if (options.engine == "prefork") run.threads = 1;
  return true;
}

Result<void> complete_target_options(TargetOptions& options) {
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

}  // namespace hotlap::targets
