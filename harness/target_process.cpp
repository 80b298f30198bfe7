#include "harness/target_process.h"

#include <fmt/core.h>

#include <csignal>

#include "base/clock.h"
#include "harness/command_text.h"
#include "harness/port_owner.h"
#include "harness/ready_line.h"
#include "harness/settings.h"
#include "harness/verify.h"

namespace hotlap::harness {
namespace {

constexpr Nanos kReadyTimeout = std::chrono::seconds(10);
constexpr Nanos kStopGrace = std::chrono::seconds(6);  // hotlap-target drains busy connections for up to 5
constexpr Nanos kPoll = std::chrono::milliseconds(10);

}  // namespace

std::vector<std::string> target_arguments(const TargetSpec& spec, const std::string& program, const std::string& port,
                                          const results::Parameters& services) {
  std::vector<std::string> arguments;
  if (!spec.is_ours()) {
    auto values = services;
    values.emplace_back("port", port);
    for (const auto& argument : spec.command) arguments.push_back(fill_in(argument, values));
    return arguments;
  }
  arguments = {program, "--engine", spec.engine, "--port", port, "--workers", std::to_string(spec.workers)};
  const auto add = [&](const char* flag, std::string value) {
    arguments.emplace_back(flag);
    arguments.push_back(std::move(value));
  };
  if (spec.workers_as) add("--workers-as", *spec.workers_as);
  if (spec.threads) add("--threads", std::to_string(*spec.threads));
  if (spec.burn) add("--burn-ns-per-request", std::to_string(spec.burn->count()));
  if (spec.gather_responses) add("--gather-responses", std::to_string(*spec.gather_responses));
  if (spec.gather_bytes) add("--gather-bytes", std::to_string(*spec.gather_bytes));
  if (spec.operations) add("--operations", *spec.operations);
  if (spec.store != "none") {
    add("--store", spec.store);
    for (const auto& [name, address] : services)
      if (name == spec.store) add("--store-address", address);
    if (spec.store != "embedded") add("--store-connections", spec.store_connections);
    if (spec.store == "postgres" && spec.store_schema) add("--postgres-schema", *spec.store_schema);
    if (spec.store == "postgres" && spec.store_rating_index) add("--postgres-rating-index", *spec.store_rating_index);
  }
  if (!spec.cpus.empty()) add("--cpus", spec.cpus.text());
  return arguments;
}

Result<TargetProcess> TargetProcess::start(const TargetSpec& spec, const Programs& programs,
                                           const results::Parameters& services, const StopFlag& stop) {
  std::uint16_t port = spec.port;
  if (!spec.is_ours()) {
    const auto free = free_port();
    if (!free) return std::unexpected(free.error());
    port = *free;
  }
  ProcessOptions options;
  options.arguments = target_arguments(spec, programs.target(spec), std::to_string(port), services);
  options.cpus = spec.cpus;
  const Instant started = monotonic_now();
  auto process = Process::start(options);
  if (!process) return std::unexpected(process.error());
  TargetProcess target(std::move(*process), command_text(options.arguments));
  target.port_ = port;
  if (auto ready = target.wait_until_ready(spec, stop); !ready) return std::unexpected(ready.error());
  target.time_to_ready_ = monotonic_now() - started;
  if (auto ours = require_port_owner(target.port_, target.pid()); !ours) return std::unexpected(ours.error());
  return target;
}

Result<void> TargetProcess::wait_until_ready(const TargetSpec& spec, const StopFlag& stop) {
  const Instant deadline = monotonic_now() + kReadyTimeout;
  const auto not_ready = [&](std::string_view why) {
    const auto words = last_words(log_tail());
    return fail(fmt::format("the target {}{}{}", why, words.empty() ? "" : "; it said: ", words),
                ExitCode::target_not_ready);
  };
  std::string complaint;
  while (!(spec.is_ours() ? announces_itself(complaint) : answers(spec.ready))) {
    if (!complaint.empty()) return not_ready(complaint);
    if (stop) return fail("interrupted", ExitCode::interrupted);
    if (const auto exit = poll_exit()) return not_ready(fmt::format("ended before it was ready: {}", exit->text()));
    if (monotonic_now() > deadline)
      return not_ready(fmt::format("was not ready within {}", format_duration(kReadyTimeout)));
  }
  return {};
}

bool TargetProcess::announces_itself(std::string& complaint) {
  const auto line = process_.read_line(kPoll);
  if (!line) {
    if (process_.output_ended()) (void)process_.wait(kPoll);
    return false;
  }
  const auto ready = parse_ready_line("hotlap-target", *line);
  if (!ready) return false;
  if (ready->pid != pid()) complaint = fmt::format("announces process {} but {} was started", ready->pid, pid());
  port_ = ready->port;
  return complaint.empty();
}

bool TargetProcess::answers(const std::string& path) {
  discard_output();
  load::LoadSpec probe;
  probe.url = {.host = "127.0.0.1", .port = port_, .target = path};
  if (fetch(probe, std::chrono::milliseconds(500))) return true;
  (void)process_.wait(kPoll);
  return false;
}

void TargetProcess::discard_output() {
  while (process_.read_line(Nanos{0})) {
  }
}

void TargetProcess::ask_to_stop() noexcept {
  process_.signal_group(SIGTERM);
}

TargetProcess::End TargetProcess::stop() {
  End end{process_.stop(kStopGrace), std::nullopt};
  end.requests = served_requests(log_tail());
  return end;
}

}  // namespace hotlap::harness
