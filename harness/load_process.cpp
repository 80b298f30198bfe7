#include "harness/load_process.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "base/file_text.h"
#include "harness/ready_line.h"

namespace hotlap::harness {
namespace {

constexpr const char* kComplaintFile = "/stderr";

// What is sent and what is a good answer, where every request is the same.
void add_request(const load::LoadSpec& spec, std::vector<std::string>& arguments) {
  const load::LoadSpec defaults;
  const auto& expect = spec.expect;
  const auto add = [&](const char* flag, std::string value) {
    arguments.emplace_back(flag);
    arguments.push_back(std::move(value));
  };
  if (spec.method != defaults.method) add("--method", spec.method);
  for (const auto& [name, value] : spec.headers) add("-H", fmt::format("{}: {}", name, value));
  if (expect.status_low != defaults.expect.status_low || expect.status_high != defaults.expect.status_high)
    add("--expect-status", expect.status_low == expect.status_high
                               ? std::to_string(expect.status_low)
                               : fmt::format("{}-{}", expect.status_low, expect.status_high));
  if (expect.body_length) add("--expect-length", std::to_string(*expect.body_length));
  if (expect.body) add("--expect-body", *expect.body);
  if (expect.every != defaults.expect.every) add("--expect-every", std::to_string(expect.every));
}

}  // namespace

std::vector<std::string> load_arguments(const load::LoadSpec& spec, const std::string& program) {
  const load::LoadSpec defaults;
  std::vector<std::string> arguments = {program,
                                        "-t",
                                        std::to_string(spec.threads),
                                        "-c",
                                        std::to_string(spec.connections),
                                        "-d",
                                        write_duration(spec.duration)};
  const auto add = [&](const char* flag, std::string value) {
    arguments.emplace_back(flag);
    arguments.push_back(std::move(value));
  };
  if (spec.until_steady) {
    add("--warm-up", "steady");
    add("--warm-up-most", write_duration(spec.warm_up));
  } else if (spec.warm_up > Nanos::zero()) {
    add("--warm-up", write_duration(spec.warm_up));
  }
  if (spec.pipeline_depth != 1) add("--pipeline", std::to_string(spec.pipeline_depth));
  if (spec.rate) add("--rate", spec.rate->text());
  if (spec.gaps != defaults.gaps) add("--arrivals", std::string(load::gaps_text(spec.gaps)));
  if (spec.catch_up != defaults.catch_up) add("--catch-up", spec.catch_up.text());
  if (spec.seed != defaults.seed) add("--seed", std::to_string(spec.seed));
  if (spec.timeout != defaults.timeout) add("--timeout", write_duration(spec.timeout));
  if (spec.requests_per_connection > 0) add("--requests-per-connection", std::to_string(spec.requests_per_connection));
  if (!spec.cpus.empty()) add("--cpus", spec.cpus.text());
  if (spec.spin) arguments.emplace_back("--spin");
  if (spec.transport != defaults.transport) add("--transport", std::string(load::transport_text(spec.transport)));
  const bool one_request = spec.requests_file.empty();
  if (one_request)
    add_request(spec, arguments);
  else
    add("--requests", spec.requests_file);  // it says path, method, headers and what is good
  if (!spec.unix_socket.empty()) add("--unix", spec.unix_socket);
  if (!spec.trust.authorities.empty()) add("--cacert", spec.trust.authorities);
  if (spec.trust.anybody) arguments.emplace_back("--insecure");
  if (spec.resume_tls) arguments.emplace_back("--tls-resume");
  add("--json", "-");
  arguments.emplace_back("--events");
  auto url = spec.url;
  if (!one_request) url.target = "/";
  arguments.push_back(url.text());
  return arguments;
}

Result<LoadLine> parse_load_line(std::string_view line) {
  const auto document = nlohmann::json::parse(line, nullptr, false);
  if (!document.is_object())
    return fail(fmt::format("hotlap-load said '{}', which is no JSON object", printable(line)), ExitCode::invalid_run);
  if (const auto event = document.find("event"); event != document.end()) {
    LoadLine parsed;
    if (*event == "window_start") parsed.event = LoadEvent::window_start;
    if (*event == "window_end") parsed.event = LoadEvent::window_end;
    if (*event == "progress") {
      parsed.event = LoadEvent::progress;
      const auto count = [&](const char* key) {
        const auto found = document.find(key);
        return found != document.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
      };
      parsed.progress = {.elapsed = Nanos(count("elapsed_ns")),
                         .good = static_cast<std::uint64_t>(count("good")),
                         .bad = static_cast<std::uint64_t>(count("bad")),
                         .service_time_p99 = Nanos(count("service_time_p99_ns"))};
    }
    return parsed;
  }
  auto measurement = load::measurement_from_json(line);
  if (!measurement) return std::unexpected(measurement.error());
  return LoadLine{.event = std::nullopt, .progress = {}, .measurement = std::move(*measurement)};
}

Result<LoadProcess> LoadProcess::start(const load::LoadSpec& spec, const std::string& program) {
  auto folder = WorkFolder::create();
  if (!folder) return std::unexpected(folder.error());
  ProcessOptions options;
  options.arguments = load_arguments(spec, program);
  options.log_path = folder->path() + kComplaintFile;
  auto process = Process::start(options);
  if (!process) return std::unexpected(process.error());
  return LoadProcess(std::move(*folder), std::move(*process));
}

std::string LoadProcess::complaint() const {
  return last_words(file_text(folder_.path() + kComplaintFile));
}

}  // namespace hotlap::harness
