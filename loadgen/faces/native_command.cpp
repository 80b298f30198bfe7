#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "loadgen/faces/native.h"
#include "loadgen/replay_file.h"

namespace hotlap::loadgen {
namespace {

constexpr const char* kFooter = R"(Durations need a unit (ns, us, ms, s, m, h), rates end in /s (20k/s).
A response is good when its status is as expected (200-299 unless told otherwise) and, where given, its body's
length and content. Throughput counts good responses only.

Examples:
  hotlap load -t 1 -c 100 -d 10s http://127.0.0.1:8080/
  hotlap load -t 1 -c 100 -d 10s --pipeline 24 --warm-up 1s --cpus 1 http://127.0.0.1:8080/plaintext
  hotlap load -c 50 -d 30s --rate 2k/s --expect-body 'Hello world!' http://127.0.0.1:8080/
  hotlap load -c 50 -d 60s --rate 1k/s..20k/s --arrivals poisson --seed 7 http://127.0.0.1:8080/
  hotlap load -d 10s --rate 2k/s --arrivals poisson --dump-schedule http://127.0.0.1:8080/ > arrivals.txt
  hotlap load -c 50 --replay arrivals.txt --catch-up drop:10ms http://127.0.0.1:8080/

Exit codes: 0 measured · 2 usage · 20 measured, but the verdict is INVALID · 21 nothing accepts connections ·
40 the JSON file cannot be written · 130 interrupted (what was measured is printed))";

// The first thing that goes wrong while reading values of our own types.
struct Reader {
  std::optional<std::string> problem;
  template <class T, class Out>
  void into(Out& out, const Result<T>& parsed, const char* flag) {
    if (parsed)
      out = *parsed;
    else if (!problem)
      problem = fmt::format("{}: {}", flag, parsed.error().message);
  }
};

// To the next whole millisecond after the last request is due.
Nanos window_of_replay(const std::vector<Nanos>& replay) {
  using std::chrono::milliseconds;
  return std::max<Nanos>(std::chrono::floor<milliseconds>(replay.back()) + milliseconds(1), milliseconds(10));
}

}  // namespace

std::expected<NativeCommand, int> parse_native(int argc, char** argv) {
  NativeCommand command;
  auto& spec = command.spec;
  CLI::App app(
      "Drives HTTP/1.1 load at one URL and tells the truth about it: one latency sample per request, also when "
      "pipelined; good responses counted apart from bad; nothing dropped in silence.",
      "hotlap load");
  app.footer(kFooter);
  std::string url, duration = "10s", warm_up = "0s", timeout = "2s", rate, cpus, transport = "auto", expect_status,
                   body;
  std::string arrivals, replay, catch_up;
  std::vector<std::string> headers;
  app.add_option("URL", url, "http://HOST[:PORT]/path")->required();
  app.add_option("-t,--threads", spec.threads, "Load threads")->capture_default_str();
  app.add_option("-c,--connections", spec.connections, "Connections over all threads")->capture_default_str();
  auto* duration_option =
      app.add_option("-d,--duration", duration, "Length of the measured window")->capture_default_str();
  app.add_option("--warm-up", warm_up, "Load before the window, not measured")->capture_default_str();
  app.add_option("--pipeline", spec.pipeline_depth, "Most requests in flight on a connection")->capture_default_str();
  app.add_option(
      "--rate", rate,
      "Offered rate over all connections (open loop): 20k/s, steps of equal length 1k/s,2k/s,4k/s, or a ramp "
      "1k/s..20k/s; without it, a response releases the next request");
  app.add_option("--arrivals", arrivals, "Gaps of the open loop: constant or poisson")->default_str("constant");
  app.add_option("--replay", replay,
                 "Instead of a rate, FILE says when requests are due: one time per line, in seconds from the start of "
                 "the window, or with a unit; without --duration the window ends with it");
  app.add_option("--catch-up", catch_up,
                 "What happens to overdue requests: burst (all at once), cap:2 (at most at twice the offered rate) or "
                 "drop:10ms (those later than that are never sent, and counted)")
      ->default_str("burst");
  app.add_option("--seed", spec.seed, "Of all that is random: equal seeds, equal arrivals")->capture_default_str();
  app.add_flag("--dump-schedule", command.dump_schedule,
               "Send nothing; print when the requests of the window are due, for --replay");
  app.add_option("--timeout", timeout, "Deadline of a request, and of a connect")->capture_default_str();
  app.add_option("-m,--method", spec.method, "Request method")->capture_default_str();
  app.add_option("-H,--header", headers, "Request header 'Name: value'; repeatable");
  app.add_option("--body", body, "Request body");
  app.add_option("--expect-status", expect_status, "Good status: 200 or 200-299");
  std::uint64_t expect_length = 0;
  auto* length_option = app.add_option("--expect-length", expect_length, "Good body length in bytes");
  std::string expect_body;
  auto* body_option = app.add_option("--expect-body", expect_body, "Good body, exactly");
  app.add_option("--cpus", cpus, "Processors for the load threads, like 1 or 1,3-4");
  app.add_option("--transport", transport, "auto or epoll")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "epoll"}));
  app.add_option("--json", command.json_path, "Write the Measurement document to FILE, or to standard output with -");
  app.add_flag("--events", command.events, "With --json -: also window_start and window_end as JSON lines");
  app.set_version_flag("--version", "hotlap-load " HOTLAP_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return std::unexpected(status == 0 ? 0 : static_cast<int>(ExitCode::usage));
  }

  Reader read;
  read.into(spec.url, load::Url::parse(url), "URL");
  read.into(spec.duration, parse_duration(duration), "--duration");
  read.into(spec.warm_up, parse_duration(warm_up), "--warm-up");
  read.into(spec.timeout, parse_duration(timeout), "--timeout");
  if (!rate.empty()) read.into(spec.rate, load::RateProfile::parse(rate), "--rate");
  if (!arrivals.empty()) read.into(spec.gaps, load::parse_gaps(arrivals), "--arrivals");
  if (!catch_up.empty()) read.into(spec.catch_up, load::CatchUp::parse(catch_up), "--catch-up");
  if (!replay.empty()) read.into(spec.replay, read_replay(replay), "--replay");
  if (!spec.replay.empty() && duration_option->count() == 0) spec.duration = window_of_replay(spec.replay);
  if (command.dump_schedule && !spec.open_loop() && !read.problem)
    read.problem = "--dump-schedule: a closed loop has no schedule; give --rate";
  if (!cpus.empty()) read.into(spec.cpus, CpuSet::parse(cpus), "--cpus");
  if (!expect_status.empty()) {
    std::pair<int, int> range;
    read.into(range, load::parse_status_range(expect_status), "--expect-status");
    std::tie(spec.expect.status_low, spec.expect.status_high) = range;
  }
  if (length_option->count() > 0) spec.expect.body_length = expect_length;
  if (body_option->count() > 0) spec.expect.body = expect_body;
  spec.body = body;
  for (const auto& header : headers) {
    const auto colon = header.find(':');
    if (colon == std::string::npos) {
      if (!read.problem) read.problem = fmt::format("--header '{}' is not 'Name: value'", printable(header));
      continue;
    }
    const auto start = header.find_first_not_of(' ', colon + 1);
    spec.headers.emplace_back(header.substr(0, colon), start == std::string::npos ? "" : header.substr(start));
  }
  if (!read.problem)
    if (auto valid = load::validate(spec); !valid) read.problem = valid.error().message;
  if (read.problem) {
    fmt::print(stderr, "hotlap load: {}\n", *read.problem);
    return std::unexpected(static_cast<int>(ExitCode::usage));
  }
  return command;
}

}  // namespace hotlap::loadgen
