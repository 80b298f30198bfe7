#include "harness/target_process.h"

#include <fmt/core.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include "base/clock.h"
#include "base/process_tree.h"
#include "harness/command_text.h"
#include "harness/placeholders.h"
#include "harness/port_owner.h"
#include "harness/ready_line.h"
#include "harness/verify.h"

namespace hotlap::harness {
namespace {

constexpr Nanos kOursReadyTimeout = std::chrono::seconds(10);
constexpr Nanos kStopGrace = std::chrono::seconds(6);  // hotlap-target drains busy connections for up to 5
constexpr Nanos kPoll = std::chrono::milliseconds(5);
constexpr Nanos kProbeTimeout = std::chrono::milliseconds(500);

results::Parameters values_of(const TargetPlaces& places) {
  auto values = places.services;
  values.emplace_back("port", places.port);
  values.emplace_back("socket", places.socket);
  values.emplace_back("ready_fd", std::to_string(kReadyDescriptor));
  values.emplace_back("work_dir", places.work_dir);
  values.emplace_back("here", places.here);
  if (!places.source.empty()) values.emplace_back("source", places.source);
  return values;
}

// Standing anywhere in the command or its environment.
bool mentions(const TargetSpec& spec, std::string_view placeholder) {
  return std::ranges::any_of(spec.command, [&](const auto& text) { return text.contains(placeholder); }) ||
         std::ranges::any_of(spec.environment, [&](const auto& pair) { return pair.second.contains(placeholder); });
}

std::string tail_of(const std::string& path) {
  constexpr std::streamoff kTailBytes = 16 * 1024;
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file ? std::streamoff{file.tellg()} : 0;
  file.seekg(std::max<std::streamoff>(0, size - kTailBytes));
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::vector<std::string> target_arguments(const TargetSpec& spec, const std::string& program,
                                          const TargetPlaces& places) {
  std::vector<std::string> arguments;
  if (spec.runs_already()) return arguments;
  const auto values = values_of(places);
  if (!spec.is_ours()) {
    for (const auto& argument : spec.command) arguments.push_back(fill_in(argument, values));
    return arguments;
  }
  arguments = {fill_in(program, values),    "--engine", spec.engine, "--port", places.port, "--workers",
               std::to_string(spec.workers)};
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
    for (const auto& [name, address] : places.services)
      if (name == spec.store) add("--store-address", address);
    if (spec.store != "embedded") add("--store-connections", spec.store_connections);
    if (spec.store == "postgres" && spec.store_schema) add("--postgres-schema", *spec.store_schema);
    if (spec.store == "postgres" && spec.store_rating_index) add("--postgres-rating-index", *spec.store_rating_index);
  }
  if (!spec.cpus.empty()) add("--cpus", spec.cpus.text());
  return arguments;
}

std::vector<std::pair<std::string, std::string>> target_environment(const TargetSpec& spec,
                                                                    const TargetPlaces& places) {
  if (spec.is_ours() || spec.runs_already()) return {};
  std::vector<std::pair<std::string, std::string>> environment = {{"HOTLAP_PORT", places.port},
                                                                  {"HOTLAP_SOCKET", places.socket},
                                                                  {"HOTLAP_WORK_DIR", places.work_dir},
                                                                  {"HOTLAP_CPUS", spec.cpus.text()}};
  if (!places.source.empty()) environment.emplace_back("HOTLAP_SOURCE", places.source);
  if (spec.ready_fd) environment.emplace_back("HOTLAP_READY_FD", std::to_string(kReadyDescriptor));
  const auto values = values_of(places);
  for (const auto& [name, value] : spec.environment) {
    std::erase_if(environment, [&](const auto& known) { return known.first == name; });
    environment.emplace_back(name, fill_in(value, values));
  }
  return environment;
}

Result<TargetProcess> TargetProcess::start(const Setup& setup, const StopFlag& stop, Start& start) {
  const auto& spec = setup.spec;
  TargetProcess target;
  if (spec.runs_already()) {
    const auto endpoint = Endpoint::parse(spec.url);
    if (!endpoint) return std::unexpected(endpoint.error());
    target.endpoint_ = *endpoint;
    target.endpoint_.trust = spec.trust;
    target.command_ = spec.url;
    target.started_at_ = monotonic_now();
  } else {
    TargetPlaces places{.port = std::to_string(spec.port),
                        .socket = {},
                        .source = setup.source,
                        .work_dir = {},
                        .here = setup.here,
                        .services = setup.services};
    if (!spec.is_ours()) {
      const auto free = free_port();
      if (!free) return std::unexpected(free.error());
      auto folder = WorkFolder::create();
      if (!folder) return std::unexpected(folder.error());
      target.endpoint_.port = *free;
      target.folder_ = std::move(*folder);
      places.port = std::to_string(*free);
      places.work_dir = target.folder_->path();
      places.socket = places.work_dir + "/socket";
      if (!mentions(spec, "{port}") && mentions(spec, "{socket}"))
        target.endpoint_ = {.host = "localhost", .port = 80, .unix_socket = places.socket};
    }
    if (auto launched = target.launch(setup, places); !launched) {
      start = {.command = target.command_, .log_tail = {}};
      return std::unexpected(launched.error());
    }
  }
  auto ready = target.wait_until_ready(spec, stop);
  if (ready && target.process_ && target.endpoint_.unix_socket.empty())
    ready = require_port_owner(target.endpoint_.port, target.members());
  start = {.command = target.command_, .log_tail = ready ? std::string() : target.log_tail()};
  if (!ready) return std::unexpected(ready.error());
  return target;
}

Result<void> TargetProcess::launch(const Setup& setup, const TargetPlaces& places) {
  const auto& spec = setup.spec;
  ProcessOptions options;
  options.arguments = target_arguments(spec, setup.programs.target(spec), places);
  options.environment = target_environment(spec, places);
  options.cpus = spec.cpus;
  options.ready_pipe = spec.ready_fd;
  if (!spec.is_ours()) {
    options.working_directory = fill_in(spec.directory, values_of(places));
    // A file, not a pipe to us: a server that logs every request must not wake us up in the middle of a window.
    log_path_ = spec.log.empty() ? places.work_dir + "/log" : spec.log;
    options.output_path = log_path_;
  }
  command_ = command_text(options.arguments);
  started_at_ = monotonic_now();
  auto process = Process::start(options);
  if (!process) return std::unexpected(process.error());
  process_ = std::move(*process);
  return {};
}

Result<void> TargetProcess::wait_until_ready(const TargetSpec& spec, const StopFlag& stop) {
  const Nanos longest = spec.is_ours() ? kOursReadyTimeout : spec.ready_timeout;
  const Instant deadline = monotonic_now() + longest;
  const auto not_ready = [&](std::string_view why) {
    const auto words = last_words(log_tail());
    const auto who = process_ ? std::string("the target") : fmt::format("the target at {}", endpoint_.text());
    return fail(fmt::format("{} {}{}{}{}{}", who, why, last_answer_.empty() ? "" : "; ", last_answer_,
                            words.empty() ? "" : "; it said: ", words),
                ExitCode::target_not_ready);
  };
  std::string complaint;
  while (!is_ready(spec, complaint)) {
    if (!complaint.empty()) return not_ready(complaint);
    if (stop) return fail("interrupted", ExitCode::interrupted);
    if (const auto exit = poll_exit())
      return not_ready(fmt::format("ended before it was ready: {}{}", exit->text(),
                                   exit->status == 0 ? "; it has to stay in the foreground" : ""));
    if (monotonic_now() > deadline) return not_ready(fmt::format("was not ready within {}", format_duration(longest)));
  }
  time_to_ready_ = monotonic_now() - started_at_;
  return {};
}

bool TargetProcess::is_ready(const TargetSpec& spec, std::string& complaint) {
  if (spec.is_ours()) return announces_itself(complaint);
  if (spec.ready_fd) {
    if (process_->said_ready()) return true;
    (void)process_->wait(kPoll);
    return false;
  }
  return answers(spec);
}

bool TargetProcess::announces_itself(std::string& complaint) {
  const auto line = process_->read_line(kPoll);
  if (!line) {
    if (process_->output_ended()) (void)process_->wait(kPoll);
    return false;
  }
  const auto ready = parse_ready_line("hotlap-target", *line);
  if (!ready) return false;
  if (ready->pid != process_->pid())
    complaint = fmt::format("announces process {} but {} was started", ready->pid, process_->pid());
  endpoint_.port = ready->port;
  return complaint.empty();
}

bool TargetProcess::answers(const TargetSpec& spec) {
  load::LoadSpec probe;
  probe.url.target = spec.ready;
  aim(probe, endpoint_);
  const auto answer = fetch(probe, kProbeTimeout);
  if (!answer) {
    last_answer_ = answer.error().message;
  } else {
    const bool right_status = answer->status >= spec.ready_status_low && answer->status <= spec.ready_status_high;
    if (right_status && answer->body.contains(spec.ready_body)) return true;
    last_answer_ = right_status
                       ? fmt::format("{} answers without '{}' in its body", spec.ready, printable(spec.ready_body, 60))
                       : fmt::format("{} answers with status {}", spec.ready, answer->status);
  }
  if (process_)
    (void)process_->wait(kPoll);
  else
    std::this_thread::sleep_for(kPoll);
  return false;
}

std::vector<pid_t> TargetProcess::members() const {
  if (process_) return process_->members();
  const auto holders =
      endpoint_.unix_socket.empty() ? owners_of_port(endpoint_.port) : owners_of_unix_socket(endpoint_.unix_socket);
  std::set<pid_t> all(holders.begin(), holders.end());
  for (const pid_t holder : holders) {
    const auto below = descendants_of(holder);
    all.insert(below.begin(), below.end());
  }
  return {all.begin(), all.end()};
}

CpuSet TargetProcess::cpus() const {
  CpuSet all;
  for (const pid_t pid : members()) all.merge(CpuSet::of(pid));
  return all;
}

void TargetProcess::discard_output() {
  while (process_ && process_->read_line(Nanos{0})) {
  }
}

std::string TargetProcess::log_tail() {
  if (!process_) return {};
  return log_path_.empty() ? process_->output_tail() : tail_of(log_path_);
}

std::optional<ProcessExit> TargetProcess::poll_exit() {
  return process_ ? process_->poll_exit() : std::nullopt;
}

void TargetProcess::ask_to_stop() noexcept {
  if (process_) process_->signal_group(SIGTERM);
}

std::optional<ProcessExit> TargetProcess::wait_for_exit(Nanos longest) {
  return process_ ? process_->wait(longest) : std::nullopt;
}

TargetProcess::End TargetProcess::stop() {
  if (!process_) return {};
  return {.exit = process_->stop(kStopGrace), .counts = served_counts(process_->output_tail())};
}

}  // namespace hotlap::harness
