#include "harness/service.h"

#include <fmt/core.h>

#include "base/clock.h"
#include "harness/port_owner.h"
#include "harness/ready_line.h"

namespace hotlap::harness {
namespace {

constexpr Nanos kReadyTimeout = std::chrono::seconds(10);
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
  std::string address;
  if (setup.name == "tuplestore") {
    options.arguments = {programs.tuplestore(), "--port", "0"};
    if (!setup.cpus.empty()) options.arguments.insert(options.arguments.end(), {"--cpus", setup.cpus.text()});
    auto process = Process::start(options);
    if (!process) return std::unexpected(process.error());
    std::optional<ReadyLine> ready;
    auto waited = wait_until_ready(setup.name, *process, stop, [&] {
      if (const auto line = process->read_line(kPoll)) ready = parse_ready_line("hotlap-tuplestore", *line);
      return ready.has_value();
    });
    if (!waited) return std::unexpected(waited.error());
    return Service(setup.name, fmt::format("127.0.0.1:{}", ready->port), std::move(*folder), std::move(*process));
  }

  const auto script = tarantool_script(setup.scenario_file, programs);
  if (!script) return std::unexpected(script.error());
  const auto port = free_port();
  if (!port) return std::unexpected(port.error());
  address = fmt::format("127.0.0.1:{}", *port);
  options.arguments = {"tarantool", *script};
  options.working_directory = folder->path();
  options.environment = {{"HOTLAP_PORT", std::to_string(*port)}, {"HOTLAP_WORK_DIR", folder->path()}};
  auto process = Process::start(options);
  if (!process) return std::unexpected(process.error());
  // The port opens before the schema is there, so only the probe's answer counts.
  auto waited = wait_until_ready(setup.name, *process, stop, [&] {
    ProcessOptions probing;
    probing.arguments = {programs.tuplestore(), "--probe", address};
    auto probe = Process::start(probing);
    if (!probe) return false;
    const auto exit = probe->wait(std::chrono::seconds(2));
    if (exit && exit->status == 0) return true;
    (void)process->wait(kPoll);
    return false;
  });
  if (!waited) return std::unexpected(waited.error());
  if (auto ours = require_port_owner(*port, process->pid()); !ours) return std::unexpected(ours.error());
  return Service(setup.name, std::move(address), std::move(*folder), std::move(*process));
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
