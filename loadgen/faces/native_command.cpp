#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "loadgen/faces/native.h"
#include "loadgen/replay_file.h"
#include "loadgen/requests_json.h"

namespace hotlap::loadgen {
namespace {

constexpr const char* kFooter = R"(Durations need a unit (ns, us, ms, s, m, h), rates end in /s (20k/s).
A response is good when its status is as expected (200-299 unless told otherwise) and, where given, its fields and
its body's length, content, text or hash. Throughput counts good responses only.
Several requests with placeholders, weights and expectations of their own: --requests FILE (docs/requests.md).

Examples:
  hotlap load -t 1 -c 100 -d 10s http://127.0.0.1:8080/
  hotlap load -t 1 -c 100 -d 10s --pipeline 24 --warm-up 1s --cpus 1 http://127.0.0.1:8080/plaintext
  hotlap load -c 50 -d 30s --rate 2k/s --expect-body 'Hello world!' http://127.0.0.1:8080/
  hotlap load -c 50 -d 60s --rate 1k/s..20k/s --arrivals poisson --seed 7 http://127.0.0.1:8080/
  hotlap load -d 10s --rate 2k/s --arrivals poisson --dump-schedule http://127.0.0.1:8080/ > arrivals.txt
  hotlap load -c 50 --replay arrivals.txt --catch-up drop:10ms http://127.0.0.1:8080/
  hotlap load -c 50 -d 30s --requests shop.json --cookies http://127.0.0.1:8080/
  hotlap load -c 50 -d 10s --unix /run/app.sock --no-keepalive http://app/
  hotlap load -c 50 -d 5s --find max-rate --objective 'p99<5ms,errors<0.1%' http://127.0.0.1:8080/
  hotlap load -c 50 -d 5s --sweep rate=1k/s..20k/s:8 http://127.0.0.1:8080/

Exit codes: 0 measured · 2 usage · 20 measured, but the verdict is INVALID; or nothing met the objective ·
21 nothing accepts connections · 30 the requests document is wrong · 40 an output file cannot be written ·
130 interrupted (what was measured is printed))";

// The first thing that goes wrong while reading values of our own types.
struct Reader {
  std::optional<Error> problem;
  void refuse(std::string message, ExitCode code = ExitCode::usage) {
    if (!problem) problem = Error{std::move(message), code};
  }
  template <class T, class Out>
  void into(Out& out, const Result<T>& parsed, const char* flag) {
    if (parsed)
      out = *parsed;
    else
      refuse(fmt::format("{}: {}", flag, parsed.error().message));
  }
};

// To the next whole millisecond after the last request is due.
Nanos window_of_replay(const std::vector<Nanos>& replay) {
  using std::chrono::milliseconds;
  return std::max<Nanos>(std::chrono::floor<milliseconds>(replay.back()) + milliseconds(1), milliseconds(10));
}

// "Name: value" or, where a value may be missing, "Name".
std::optional<std::pair<std::string, std::string>> split_field(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto start = std::min(text.find_first_not_of(" \t", colon + 1), text.size());
  const auto end = text.find_last_not_of(" \t") + 1;
  return std::pair(std::string(text.substr(0, colon)), std::string(text.substr(start, std::max(end, start) - start)));
}

// What is sent, and what makes its response good.
class RequestFlags {
 public:
  RequestFlags(CLI::App& app, load::LoadSpec& spec) : spec_(spec) {
    auto* document = app.add_option("--requests", document_, "Requests, placeholders and expectations from a document");
    const auto alone = [&](CLI::Option* option) { option->excludes(document); };
    alone(app.add_option("-m,--method", spec.method, "Request method")->capture_default_str());
    alone(app.add_option("-H,--header", headers_, "Request header 'Name: value'; repeatable"));
    auto* body = app.add_option("--body", spec.body, "Request body");
    auto* body_file = app.add_option("--body-file", body_file_, "Request body, the bytes of FILE")->excludes(body);
    alone(body);
    alone(body_file);
    alone(app.add_option("--expect-status", status_, "Good status: 200 or 200-299"));
    length_ = app.add_option("--expect-length", good_length_, "Good body length in bytes");
    body_ = app.add_option("--expect-body", good_body_, "Good body, exactly");
    alone(length_);
    alone(body_);
    alone(app.add_option("--expect-header", fields_, "Good header 'Name: value', or 'Name' for any; repeatable"));
    alone(app.add_option("--expect-contains", spec.expect.contains, "Text that a good body holds"));
    alone(app.add_option("--expect-sha256", spec.expect.sha256, "SHA-256 of a good body, hexadecimal"));
    alone(app.add_option("--expect-every", spec.expect.every,
                         "Check header, body, text and hash of one response in N; status and length always")
              ->capture_default_str());
    app.add_flag("--cookies", spec.keep_cookies, "Each connection keeps the cookies that it is given");
  }

  void read(Reader& read) {
    if (!status_.empty()) {
      std::pair<int, int> range;
      read.into(range, load::parse_status_range(status_), "--expect-status");
      std::tie(spec_.expect.status_low, spec_.expect.status_high) = range;
    }
    if (length_->count() > 0) spec_.expect.body_length = good_length_;
    if (body_->count() > 0) spec_.expect.body = good_body_;
    for (const auto& header : headers_) {
      if (auto field = split_field(header))
        spec_.headers.push_back(std::move(*field));
      else
        read.refuse(fmt::format("--header '{}' is not 'Name: value'", printable(header)));
    }
    for (const auto& header : fields_)
      spec_.expect.with_fields.push_back(split_field(header).value_or(std::pair(header, std::string())));
    std::ranges::transform(spec_.expect.sha256, spec_.expect.sha256.begin(),
                           [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + ('a' - 'A')) : c; });
    if (!body_file_.empty()) read.into(spec_.body, read_request_file(body_file_), "--body-file");
    if (document_.empty()) return;
    if (spec_.url.target != "/")
      read.refuse(
          fmt::format("URL: the path '{}' is not used, the paths stand in the document of --requests; give "
                      "the URL without it",
                      printable(spec_.url.target)));
    const auto document = read_request_file(document_);
    if (!document) return read.refuse("--requests: " + document.error().message, document.error().code);
    if (auto taken = read_requests(*document, document_, spec_); !taken)
      read.refuse("--requests: " + taken.error().message, taken.error().code);
  }

 private:
  load::LoadSpec& spec_;
  std::string document_, body_file_, status_, good_body_;
  std::uint64_t good_length_ = 0;
  CLI::Option* length_ = nullptr;
  CLI::Option* body_ = nullptr;
  std::vector<std::string> headers_, fields_;
};

}  // namespace

std::expected<NativeCommand, int> parse_native(int argc, char** argv) {
  NativeCommand command;
  auto& spec = command.spec;
  CLI::App app(
      "Drives HTTP/1.1 load at one URL and tells the truth about it: one latency sample per request, also when "
      "pipelined; good responses counted apart from bad; nothing dropped in silence.",
      "hotlap load");
  app.footer(kFooter);
  std::string url, duration = "10s", warm_up = "0s", timeout = "2s", first_byte_timeout, rate, cpus, transport = "auto";
  std::string arrivals, replay, catch_up;
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
  app.add_option("--first-byte-timeout", first_byte_timeout, "Deadline of the first byte of a response");
  RequestFlags requests(app, spec);
  auto* per_connection = app.add_option("--requests-per-connection", spec.requests_per_connection,
                                        "Open a connection anew after N requests; 0: never")
                             ->capture_default_str();
  bool no_keepalive = false;
  app.add_flag("--no-keepalive", no_keepalive, "A connection for each request")->excludes(per_connection);
  app.add_option("--unix", spec.unix_socket, "Connect to the unix socket PATH; the URL gives Host and path");
  app.add_option("--source", spec.source_addresses, "Bind connections to these addresses in turn: ADDR,ADDR")
      ->delimiter(',');
  app.add_option("--cpus", cpus, "Processors for the load threads, like 1 or 1,3-4");
  app.add_option("--transport", transport, "auto, epoll or uring (io_uring, Linux 6.0 or newer)")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "epoll", "uring"}));
  const auto add_output = [&](const char* flag, OutputFormat format, const char* help) {
    app.add_option_function<std::string>(
           flag, [&command, format](const std::string& path) { command.outputs.push_back({format, path}); }, help)
        ->type_name("FILE");
  };
  add_output("--json", OutputFormat::json, "Write the Measurement document to FILE, or to standard output with -");
  add_output("--csv", OutputFormat::csv, "… a row of counts and percentiles per second, and a total");
  add_output("--hgrm", OutputFormat::hgrm,
             "… HdrHistogram's percentile text in ms: response time in open loop, service time in closed");
  add_output("--hlog", OutputFormat::hlog, "… HdrHistogram's log, a line per second and kind of time");
  add_output("--openmetrics", OutputFormat::openmetrics, "… OpenMetrics text, for Prometheus and its like");
  app.add_flag("--events", command.events, "With --json -: also window_start and window_end as JSON lines");
  app.add_flag("--audit", spec.audit, "Compare our stamps with the kernel's (SO_TIMESTAMPING); costs some throughput");
  app.add_flag("--live", command.live, "Show the run on standard error while it lasts");
  SearchFlags search;
  add_search_options(app, search);
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
  if (!first_byte_timeout.empty())
    read.into(spec.first_byte_timeout, parse_duration(first_byte_timeout), "--first-byte-timeout");
  if (!rate.empty()) read.into(spec.rate, load::RateProfile::parse(rate), "--rate");
  if (!arrivals.empty()) read.into(spec.gaps, load::parse_gaps(arrivals), "--arrivals");
  if (!catch_up.empty()) read.into(spec.catch_up, load::CatchUp::parse(catch_up), "--catch-up");
  if (!replay.empty()) read.into(spec.replay, read_replay(replay), "--replay");
  if (!spec.replay.empty() && duration_option->count() == 0) spec.duration = window_of_replay(spec.replay);
  if (command.dump_schedule && !spec.open_loop() && !read.problem)
    read.refuse("--dump-schedule: a closed loop has no schedule; give --rate");
  if (!cpus.empty()) read.into(spec.cpus, CpuSet::parse(cpus), "--cpus");
  if (no_keepalive) spec.requests_per_connection = 1;
  requests.read(read);
  if (const auto clash = find_clash(command.outputs); clash && !read.problem)
    read.problem = Error{*clash, ExitCode::usage};
  if (transport != "auto")
    spec.transport = transport == "uring" ? load::TransportChoice::uring : load::TransportChoice::epoll;
  if (!read.problem)
    if (auto valid = load::validate(spec); !valid) read.problem = valid.error();
  if (!read.problem) {
    if (auto parsed = parse_search(search, spec); parsed)
      command.search = std::move(*parsed);
    else
      read.problem = parsed.error();
  }
  if (command.search)
    for (const auto& file : command.outputs)
      if (file.format != OutputFormat::json) read.refuse("--find and --sweep write no document but --json");
  if (read.problem) {
    fmt::print(stderr, "hotlap load: {}\n", read.problem->message);
    return std::unexpected(static_cast<int>(read.problem->code));
  }
  return command;
}

}  // namespace hotlap::loadgen
