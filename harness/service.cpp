#include "harness/service.h"

#include <fmt/core.h>

#include <filesystem>

#include "base/clock.h"
#include "harness/port_owner.h"
#include "harness/ready_line.h"

namespace hotlap::harness {
namespace {

constexpr Nanos kReadyTimeout = std::chrono::seconds(30);  // PostgreSQL makes a cluster in it
constexpr Nanos kPoll = std::chrono::milliseconds(10);

std::unexpected<Error> not_ready(const std::string& name, std::string_view why, Process& process) {
  const auto words = last_words(process.output_tail());
  return fail(fmt::format("service {} {}{}{}", name, why, words.empty() ? "" : "; it said: ", words),
              ExitCode::target_not_ready);
}

// The port that it announces.
Result<std::uint16_t> wait_until_ready(const std::string& name, Process& process, const StopFlag& stop) {
  const Instant deadline = monotonic_now() + kReadyTimeout;
  while (true) {
    const auto line = process.read_line(kPoll);
    if (const auto ready = line ? parse_ready_line("hotlap-" + name, *line) : std::nullopt) return ready->port;
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
  }
  auto process = Process::start(options);
  if (!process) return std::unexpected(process.error());
  const auto port = wait_until_ready(setup.name, *process, stop);
  if (!port) return std::unexpected(port.error());
  if (auto ours = require_port_owner(*port, process->members()); !ours) return std::unexpected(ours.error());
  return Service(setup.name, *port, std::move(*folder), std::move(*process));
}

Result<std::vector<Service>> start_services(const std::vector<std::string>& names, const std::string& scenario_file,
                                            const CpuSet& cpus, const std::string& templates, const Programs& programs,
                                            const StopFlag& stop) {
  std::vector<Service> services;
  for (const auto& name : names) {
    ServiceSetup setup{
        .name = name, .scenario_file = scenario_file, .cpus = cpus, .template_dir = {}, .environment = {}};
    if (!templates.empty()) {
      setup.template_dir = templates + "/" + name;
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
                         .template_dir = {},
                         .environment = front_environment(target, upstream)},
                        programs, stop);
}

results::Parameters addresses_of(const std::vector<Service>& services) {
  results::Parameters addresses;
  for (const auto& service : services) addresses.emplace_back(service.name(), service.address());
  return addresses;
}

}  // namespace hotlap::harness
