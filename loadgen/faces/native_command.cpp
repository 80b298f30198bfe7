#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "base/help_layout.h"
#include "loadgen/faces/native.h"
#include "loadgen/replay_file.h"
#include "loadgen/requests_json.h"

namespace hotlap::loadgen {
namespace {

constexpr const char* kFooter = R"(Times need a unit (ns, us, ms, s, m, h), rates end in /s (20k/s).
Every figure, the verdict and the search are explained in docs/method.md,
requests with placeholders, weights and expectations in docs/requests.md.

Examples:
  As much as 100 connections can get, after a second of warm-up:
    hotlap load -c 100 -d 10s --warm-up 1s http://127.0.0.1:8080/
  24 requests in flight on each, the load pinned to processor 1:
    hotlap load -c 100 --pipeline 24 --cpus 1 http://127.0.0.1:8080/
  2,000 requests per second, whatever the server does; right or wrong bodies:
    hotlap load -c 50 --rate 2k/s --expect-body UGLY http://127.0.0.1:8080/
  A minute of rising load with random arrivals, which seed 7 gives again:
    hotlap load -c 50 -d 60s --rate 1k/s..20k/s --arrivals poisson --seed 7 URL
  The highest rate that the server keeps up with:
    hotlap load -c 50 --find max-rate --objective 'p99<5ms,errors<0.1%' URL
  A table over rates, with the knee marked:
    hotlap load -c 50 -d 5s --sweep rate=1k/s..20k/s:8 URL
  Arrivals written to a file and used again:
    hotlap load -d 10s --rate 2k/s --dump-schedule URL > arrivals.txt
    hotlap load -c 50 --replay arrivals.txt URL

Exit codes:
    0  measured
    2  command line
   20  measured, but the verdict is INVALID; or nothing met the objective
   21  nothing accepts connections
   30  the requests document is wrong
   40  an output file cannot be written
  130  interrupted (what was measured is printed))";

// Headings of --help.
constexpr const char* kLoad = "Load";
constexpr const char* kOpenLoop = "Open loop: requests start by a schedule, not by responses";
constexpr const char* kRequest = "Request";
constexpr const char* kGood = "Which responses are good";
constexpr const char* kConnections = "Connections and threads";
constexpr const char* kOutput = "Output (FILE: - for standard output)";

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
    auto* document = app.add_option("--requests", document_,
                                    "Several requests with placeholders and expectations of their own, from a "
                                    "document; instead of the flags for one");
    document->type_name("FILE")->group(kRequest);
    const auto alone = [&](CLI::Option* option, const char* group, const char* value) {
      return option->excludes(document)->group(group)->type_name(value);
    };
    alone(app.add_option("-m,--method", spec.method, "Method")->capture_default_str(), kRequest, "NAME");
    alone(app.add_option("-H,--header", headers_, "Header 'Name: value'; repeatable"), kRequest, "HEADER");
    auto* body = alone(app.add_option("--body", spec.body, "Body"), kRequest, "TEXT");
    alone(app.add_option("--body-file", body_file_, "Body, the bytes of FILE")->excludes(body), kRequest, "FILE");
    app.add_flag("--cookies", spec.keep_cookies, "Each connection keeps the cookies that it is given")->group(kRequest);
    alone(app.add_option("--expect-status", status_, "Status: 200, or a range 200-299 (default 200-299)"), kGood,
          "RANGE");
    length_ = alone(app.add_option("--expect-length", good_length_, "Body of so many bytes"), kGood, "N");
    body_ = alone(app.add_option("--expect-body", good_body_, "This body, exactly"), kGood, "TEXT");
    alone(app.add_option("--expect-header", fields_, "Header 'Name: value', or 'Name' with any; repeatable"), kGood,
          "HEADER");
    alone(app.add_option("--expect-contains", spec.expect.contains, "Body that holds TEXT"), kGood, "TEXT");
    alone(app.add_option("--expect-sha256", spec.expect.sha256, "Body with this SHA-256, hexadecimal"), kGood, "HASH");
    alone(app.add_option("--expect-every", spec.expect.every,
                         "Check header, body, text and hash of one response in N; status and length always")
              ->capture_default_str(),
          kGood, "N");
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
      "Loads one URL over HTTP/1.1 and says how fast it answered, how often rightly, and whether that can be believed.",
      "hotlap load");
  lay_out_help(app);
  app.footer(kFooter);
  std::string url, duration = "10s", warm_up = "0s", warm_up_most = "10s", timeout = "2s", first_byte_timeout, rate,
                   cpus, transport = "auto";
  std::string arrivals, replay, catch_up;
  app.add_option("URL", url, "http://HOST[:PORT]/path or https://HOST[:PORT]/path")->required();
  app.option_defaults()->group(kLoad);
  app.add_option("-c,--connections", spec.connections, "Connections over all threads")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("-t,--threads", spec.threads, "Load threads")->type_name("N")->capture_default_str();
  auto* duration_option = app.add_option("-d,--duration", duration, "Length of the measured window")
                              ->type_name("TIME")
                              ->capture_default_str();
  app.add_option("--warm-up", warm_up,
                 "Load before the window, not measured: a time, or steady, until throughput has settled")
      ->type_name("TIME")
      ->capture_default_str();
  app.add_option("--warm-up-most", warm_up_most, "The most that --warm-up steady waits; then the result is SUSPECT")
      ->type_name("TIME")
      ->capture_default_str();
  app.add_option("--pipeline", spec.pipeline_depth, "Most requests in flight on a connection")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--timeout", timeout, "Deadline of a request, and of a connect")
      ->type_name("TIME")
      ->capture_default_str();
  app.add_option("--first-byte-timeout", first_byte_timeout, "Deadline of the first byte of a response")
      ->type_name("TIME");
  app.option_defaults()->group(kOpenLoop);
  app.add_option("--rate", rate,
                 "Requests per second over all connections: 20k/s, steps of equal length 1k/s,2k/s,4k/s, or a ramp "
                 "1k/s..20k/s. Without it the loop is closed: a response releases the next request")
      ->type_name("RATE");
  app.add_option("--arrivals", arrivals, "Gaps between requests: constant or poisson")
      ->type_name("KIND")
      ->default_str("constant");
  app.add_option("--replay", replay,
                 "Instead of a rate: FILE says when requests are due, one time per line, in seconds from the start of "
                 "the window or with a unit; without --duration the window ends with it")
      ->type_name("FILE");
  app.add_option("--catch-up", catch_up,
                 "What happens to overdue requests: burst (all at once), cap:2 (at most at twice the offered rate) or "
                 "drop:10ms (those later than that are never sent, and counted)")
      ->type_name("HOW")
      ->default_str("burst");
  app.add_option("--seed", spec.seed, "Of all that is random: equal seeds, equal arrivals")
      ->type_name("N")
      ->capture_default_str();
  app.add_flag("--dump-schedule", command.dump_schedule,
               "Send nothing; print when the requests of the window are due, for --replay");
  RequestFlags requests(app, spec);
  app.option_defaults()->group(kConnections);
  auto* per_connection = app.add_option("--requests-per-connection", spec.requests_per_connection,
                                        "Open a connection anew after N requests; 0: never")
                             ->type_name("N")
                             ->capture_default_str();
  bool no_keepalive = false;
  app.add_flag("--no-keepalive", no_keepalive, "A connection for each request")->excludes(per_connection);
  app.add_option("--unix", spec.unix_socket, "Connect to the unix socket PATH; the URL gives Host and path")
      ->type_name("PATH");
  auto* authorities =
      app.add_option("--cacert", spec.trust.authorities,
                     "https: trust what the certificates in FILE (PEM) have signed, instead of what "
                     "the system trusts")
          ->type_name("FILE")
          ->check([](const std::string& file) { return std::string(file.empty() ? "it names no file" : ""); });
  app.add_flag("-k,--insecure", spec.trust.anybody, "https: trust any certificate")->excludes(authorities);
  app.add_flag("--tls-resume", spec.resume_tls,
               "https: connections that are opened again resume their last session, as browsers do; without it each "
               "handshake is a whole one");
  app.add_option("--source", spec.source_addresses, "Bind connections to these addresses in turn")
      ->type_name("ADDR,…")
      ->delimiter(',');
  app.add_option("--cpus", cpus, "Processors for the load threads: 1 or 1,3-4")->type_name("LIST");
  app.add_flag("--spin", spec.spin,
               "Threads poll instead of sleeping, so that no wake-up of this machine enters the times; each needs a "
               "processor of its own (--cpus)");
  app.add_option("--transport", transport,
                 "epoll, uring (io_uring, Linux 6.0 or newer), or auto: uring for a closed loop where the kernel has "
                 "it, else epoll")
      ->type_name("NAME")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "epoll", "uring"}));
  app.option_defaults()->group(kOutput);
  const auto add_output = [&](const char* flag, OutputFormat format, const char* help) {
    app.add_option_function<std::string>(
           flag, [&command, format](const std::string& path) { command.outputs.push_back({format, path}); }, help)
        ->type_name("FILE");
  };
  app.add_flag("--live", command.live, "Show the run on standard error while it lasts");
  add_output("--json", OutputFormat::json, "Everything that was measured, as one JSON document");
  add_output("--csv", OutputFormat::csv, "Counts and percentiles, a row per second, and a total");
  add_output("--hgrm", OutputFormat::hgrm,
             "HdrHistogram's percentile text in ms: response time in an open loop, service time in a closed one");
  add_output("--hlog", OutputFormat::hlog, "HdrHistogram's log, a line per second and kind of time");
  add_output("--openmetrics", OutputFormat::openmetrics, "OpenMetrics text, for Prometheus and its like");
  app.add_flag("--events", command.events,
               "With --json -: also window_start, progress each second and window_end as JSON lines");
  app.add_flag("--audit", spec.audit, "Compare our stamps with the kernel's (SO_TIMESTAMPING); costs some throughput");
  SearchFlags search;
  add_search_options(app, search);
  app.set_version_flag("--version", "hotlap-load " HOTLAP_VERSION, "Print the version and exit")->group("Options");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return std::unexpected(status == 0 ? 0 : static_cast<int>(ExitCode::usage));
  }

  Reader read;
  read.into(spec.url, load::Url::parse(url), "URL");
  read.into(spec.duration, parse_duration(duration), "--duration");
  spec.until_steady = warm_up == "steady";
  if (spec.until_steady)
    read.into(spec.warm_up, parse_duration(warm_up_most), "--warm-up-most");
  else
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
  read.into(spec.transport, load::parse_transport(transport), "--transport");
  if (!spec.url.tls && (spec.trust != TlsTrust{} || spec.resume_tls))
    read.refuse("--cacert, --insecure and --tls-resume are about https://, and this is http://");
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
