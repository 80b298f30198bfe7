#include "harness/service.h"

#include <fmt/core.h>

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

// Waits for `is_ready` to hold; false results of it cost one poll interval at least.
template <class IsReady>
Result<void> wait_until_ready(const std::string& name, Process& process, const StopFlag& stop, IsReady is_ready) {
  const Instant deadline = monotonic_now() + kReadyTimeout;
  while (!is_ready()) {
    if (stop) return fail("interrupted", ExitCode::interrupted);
    if (const auto exit = process.poll_exit())
      return not_ready(name, fmt::format("ended before it was ready: {}", exit->text()), process);
    if (monotonic_now() > deadline)
      return not_ready(name, fmt::format("was not ready within {}", format_duration(kReadyTimeout)), process);
  }
  return {};
}

// The port opens before the schema is there, so only the probe's answer counts.
bool answers_probe(const Programs& programs, std::uint16_t port, Process& process) {
  ProcessOptions probing;
  probing.arguments = {programs.tuplestore(), "--probe", fmt::format("127.0.0.1:{}", port)};
  auto probe = Process::start(probing);
  if (!probe) return false;
  const auto exit = probe->wait(std::chrono::seconds(2));
  if (exit && exit->status == 0) return true;
  (void)process.wait(kPoll);
  return false;
}

}  // namespace

void Service::discard_output() {
  while (process_.read_line(Nanos{0})) {
  }
}

Result<Service> Service::start(const ServiceSetup& setup, const Programs& programs, const StopFlag& stop) {
  auto folder = WorkFolder::create();
  if (!folder) return std::unexpected(folder.error());
  ProcessOptions options;
  options.cpus = setup.cpus;
  std::optional<std::uint16_t> port;  // chosen by us, where the service cannot say which one it took
  std::string program;                // that says when it is ready; empty: it is probed
  if (setup.name == "tuplestore") {
    program = "hotlap-tuplestore";
    options.arguments = {programs.tuplestore(), "--port", "0"};
    if (!setup.cpus.empty()) options.arguments.insert(options.arguments.end(), {"--cpus", setup.cpus.text()});
  } else {
    const auto script = service_script(setup.name, setup.scenario_file, programs);
    if (!script) return std::unexpected(script.error());
    const auto free = free_port();
    if (!free) return std::unexpected(free.error());
    port = *free;
    options.arguments = {setup.name, *script};
    options.environment = {{"HOTLAP_PORT", std::to_string(*port)}, {"HOTLAP_WORK_DIR", folder->path()}};
    if (setup.name == "postgres") {
      program = "hotlap-postgres";
      options.arguments.front() = "bash";
      options.environment.emplace_back("HOTLAP_TARGET", programs.own_target());
    }
    options.working_directory = folder->path();
  }
  auto process = Process::start(options);
  if (!process) return std::unexpected(process.error());
  auto waited = wait_until_ready(setup.name, *process, stop, [&] {
    if (program.empty()) return answers_probe(programs, *port, *process);
    const auto line = process->read_line(kPoll);
    const auto ready = line ? parse_ready_line(program, *line) : std::nullopt;
    if (ready) port = ready->port;
    return ready.has_value();
  });
  if (!waited) return std::unexpected(waited.error());
  if (auto ours = require_port_owner(*port, process->pid()); !ours) return std::unexpected(ours.error());
  return Service(setup.name, fmt::format("127.0.0.1:{}", *port), std::move(*folder), std::move(*process));
}

Result<std::vector<Service>> start_services(const std::vector<std::string>& names, const std::string& scenario_file,
                                            const CpuSet& cpus, const Programs& programs, const StopFlag& stop) {
  std::vector<Service> services;
  for (const auto& name : names) {
    auto service = Service::start({.name = name, .scenario_file = scenario_file, .cpus = cpus}, programs, stop);
    if (!service) return std::unexpected(service.error());
    services.push_back(std::move(*service));
  }
  return services;
}

results::Parameters addresses_of(const std::vector<Service>& services) {
  results::Parameters addresses;
  for (const auto& service : services) addresses.emplace_back(service.name(), service.address());
  return addresses;
}

}  // namespace hotlap::harness
