#include "harness/service.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/clock.h"
#include "base/file_text.h"
#include "harness/command_text.h"
#include "harness/port_owner.h"
#include "harness/ready_line.h"
#include "results/digest.h"

namespace hotlap::harness {
namespace {

constexpr Nanos kReadyTimeout = std::chrono::seconds(30);  // PostgreSQL makes a cluster in it
constexpr Nanos kPoll = std::chrono::milliseconds(10);
constexpr Nanos kCountPatience = std::chrono::seconds(10);
constexpr std::string_view kAskForCalls = "--calls";

std::unexpected<Error> not_ready(const std::string& name, std::string_view why, Process& process) {
  const auto words = last_words(process.output_tail());
  return fail(fmt::format("service {} {}{}{}", name, why, words.empty() ? "" : "; it said: ", words),
              ExitCode::target_not_ready);
}

// What it announces.
Result<ReadyLine> wait_until_ready(const std::string& name, Process& process, const StopFlag& stop) {
  const Instant deadline = monotonic_now() + kReadyTimeout;
  while (true) {
    const auto line = process.read_line(kPoll);
    if (auto ready = line ? parse_ready_line("hotlap-" + name, *line) : std::nullopt) return std::move(*ready);
    if (line) continue;
    if (stop) return fail("interrupted", ExitCode::interrupted);
    if (process.output_ended()) (void)process.wait(kPoll);
    if (const auto exit = process.poll_exit())
      return not_ready(name, fmt::format("ended before it was ready: {}", exit->text()), process);
    if (monotonic_now() > deadline)
      return not_ready(name, fmt::format("was not ready within {}", format_duration(kReadyTimeout)), process);
  }
}

}  // namespace

bool counts_calls_by_script(std::string_view script) {
  constexpr std::string_view kMark = "\n# counts: calls";
  for (auto at = script.find(kMark); at != std::string_view::npos; at = script.find(kMark, at + 1)) {
    const auto behind = script.substr(at + kMark.size(), 1);
    if (behind.empty() || behind == "\n" || behind == "\r" || behind == " ") return true;
  }
  return false;
}

Result<bool> service_counts_calls(const std::string& name, const std::string& scenario_file, const Programs& programs) {
  if (name == "tuplestore") return true;
  const auto script = service_script(name, scenario_file, programs);
  if (!script) return std::unexpected(script.error());
  return counts_calls_by_script(file_text(*script));
}

Result<std::uint64_t> Service::calls() const {
  auto process = Process::start(question_);
  if (!process) return std::unexpected(process.error());
  const Instant deadline = monotonic_now() + kCountPatience;
  const auto line = process->read_line(kCountPatience);
  const auto exit = process->wait(std::max(deadline - monotonic_now(), Nanos{0}));
  std::uint64_t calls = 0;
  if (line && exit && exit->status == 0) {
    const auto [end, error] = std::from_chars(line->data(), line->data() + line->size(), calls);
    if (error == std::errc{} && end == line->data() + line->size() && !line->empty()) return calls;
  }
  const auto words = last_words(process->output_tail());
  return fail(fmt::format("service {} did not count its calls: {} {}{}; its start script has to print one whole number",
                          name(), kAskForCalls,
                          exit ? "ended with " + exit->text()
                               : fmt::format("did not end within {}", format_duration(kCountPatience)),
                          words.empty() ? "" : fmt::format(" and said '{}'", words)),
              ExitCode::invalid_run);
}

std::string Service::address() const {
  return fmt::format("127.0.0.1:{}", port_);
}

void Service::discard_output() {
  while (process_.read_line(Nanos{0})) {
  }
}

Result<Service> Service::start(const ServiceSetup& setup, const Programs& programs, const StopFlag& stop) {
  auto folder = WorkFolder::create();
  if (!folder) return std::unexpected(folder.error());
  ProcessOptions options;
  ProcessOptions question;
  options.cpus = setup.cpus;
  options.working_directory = folder->path();
  if (setup.name == "tuplestore") {
    options.arguments = {programs.tuplestore(), "--port", "0"};
    if (!setup.cpus.empty()) options.arguments.insert(options.arguments.end(), {"--cpus", setup.cpus.text()});
  } else {
    const auto script = service_script(setup.name, setup.scenario_file, programs);
    if (!script) return std::unexpected(script.error());
    const auto port = free_port();
    if (!port) return std::unexpected(port.error());
    options.arguments = {"bash", *script};
    options.environment = setup.environment;
    const auto tell = [&](const char* name, std::string value) {
      options.environment.emplace_back(name, std::move(value));
    };
    tell("HOTLAP_PORT", std::to_string(*port));
    tell("HOTLAP_WORK_DIR", folder->path());
    tell("HOTLAP_TEMPLATE_DIR", setup.template_dir);
    tell("HOTLAP_CPUS", setup.cpus.text());
    tell("HOTLAP_TARGET", programs.own_target());
    tell("HOTLAP_TUPLESTORE", programs.tuplestore());
    if (counts_calls_by_script(file_text(*script))) {
      question = options;
      question.arguments.emplace_back(kAskForCalls);
    }
  }
  auto process = Process::start(options);
  if (!process) return std::unexpected(process.error());
  const auto ready = wait_until_ready(setup.name, *process, stop);
  if (!ready) return std::unexpected(ready.error());
  if (auto ours = require_port_owner(ready->port, process->members()); !ours) return std::unexpected(ours.error());
  if (setup.name == "tuplestore")
    question.arguments = {programs.tuplestore(), std::string(kAskForCalls), fmt::format("127.0.0.1:{}", ready->port)};
  const auto plain = [&](std::string text) {
    return without_places(std::move(text), folder->path(), ready->port, setup.environment);
  };
  results::ServiceRun run{.name = setup.name,
                          .front = setup.front,
                          .command = plain(ready->runs.empty() ? command_text(options.arguments) : ready->runs),
                          .configuration_sha256 = {}};
  if (!ready->reads.empty())
    run.configuration_sha256 =
        results::sha256_hex(plain(file_text((std::filesystem::path(folder->path()) / ready->reads).string())));
  return Service(std::move(run), ready->port, std::move(*folder), std::move(question), std::move(*process));
}

Result<std::vector<Service>> start_services(const std::vector<std::string>& names, const std::string& scenario_file,
                                            const CpuSet& cpus, const std::string& templates, const Programs& programs,
                                            const StopFlag& stop) {
  std::vector<Service> services;
  for (const auto& name : names) {
    ServiceSetup setup{.name = name,
                       .scenario_file = scenario_file,
                       .cpus = cpus,
                       .front = false,
                       .template_dir = {},
                       .environment = {}};
    if (!templates.empty()) {
      setup.template_dir = fmt::format("{}/{}", templates, name);
      std::error_code error;
      std::filesystem::create_directory(setup.template_dir, error);
      if (error)
        return fail(fmt::format("create folder {}: {}", setup.template_dir, error.message()), ExitCode::store_failed);
    }
    auto service = Service::start(setup, programs, stop);
    if (!service) return std::unexpected(service.error());
    services.push_back(std::move(*service));
  }
  return services;
}

std::vector<std::pair<std::string, std::string>> front_environment(const TargetSpec& target, const Endpoint& upstream) {
  std::vector<std::pair<std::string, std::string>> environment = {{"HOTLAP_FRONT_UPSTREAM", target.front_upstream},
                                                                  {"HOTLAP_FRONT_ERRORS", target.front_errors}};
  if (upstream.unix_socket.empty())
    environment.emplace_back("HOTLAP_UPSTREAM_PORT", std::to_string(upstream.port));
  else
    environment.emplace_back("HOTLAP_UPSTREAM_SOCKET", upstream.unix_socket);
  return environment;
}

Result<Service> start_front(const TargetSpec& target, const Endpoint& upstream, const std::string& scenario_file,
                            const Programs& programs, const StopFlag& stop) {
  return Service::start({.name = target.front,
                         .scenario_file = scenario_file,
                         .cpus = target.front_cpus.empty() ? target.cpus : target.front_cpus,
                         .front = true,
                         .template_dir = {},
                         .environment = front_environment(target, upstream)},
                        programs, stop);
}

std::string without_places(std::string text, const std::string& work_dir, std::uint16_t port,
                           const std::vector<std::pair<std::string, std::string>>& environment) {
  const auto name = [&](const std::string& place, std::string_view as) {
    for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at + as.size()))
      text.replace(at, place.size(), as);
  };
  for (const auto& [variable, value] : environment) {
    if (variable == "HOTLAP_UPSTREAM_PORT") name(fmt::format("127.0.0.1:{}", value), "{upstream}");
    if (variable == "HOTLAP_UPSTREAM_SOCKET") name(value, "{upstream}");
  }
  name(work_dir, "{work_dir}");
  name(fmt::format("127.0.0.1:{}", port), "127.0.0.1:{port}");
  name(fmt::format("-p {}", port), "-p {port}");
  return text;
}

results::Parameters addresses_of(const std::vector<Service>& services) {
  results::Parameters addresses;
  for (const auto& service : services) addresses.emplace_back(service.name(), service.address());
  return addresses;
}

}  // namespace hotlap::harness
