// What a target needs besides itself, a database, or has before it, a proxy. Started fresh for every trial by its start
// script, because tables grow with every request and the next trial must find what the last one found; what is dear to
// make is kept in a folder of the session (docs/scenarios.md, "Services and their start scripts").
// One owner; the destructor stops the process and removes its files.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cpu_set.h"
#include "base/error.h"
#include "base/process.h"
#include "harness/endpoint.h"
#include "harness/programs.h"
#include "harness/stop_flag.h"
#include "harness/target_spec.h"
#include "harness/work_folder.h"
#include "results/record.h"

namespace hotlap::harness {

struct ServiceSetup {
  std::string name;           // tuplestore, or a folder with a start script
  std::string scenario_file;  // start scripts are looked for beside it first
  CpuSet cpus;
  bool front = false;                                            // it stands before the target
  std::string template_dir;                                      // of the session; empty: none is kept
  std::vector<std::pair<std::string, std::string>> environment;  // besides what every script gets
};

class Service {
 public:
  // Returns when it answers as it should, not merely listens. Error: target_not_ready with its last words.
  [[nodiscard]] static Result<Service> start(const ServiceSetup& setup, const Programs& programs, const StopFlag& stop);

  [[nodiscard]] const std::string& name() const noexcept { return run_.name; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string address() const;  // "127.0.0.1:3301"
  [[nodiscard]] std::vector<pid_t> members() const { return process_.members(); }
  // Set once it has ended by itself.
  [[nodiscard]] std::optional<ProcessExit> poll_exit() { return process_.poll_exit(); }
  [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }
  [[nodiscard]] int output_fd() const noexcept { return process_.output_fd(); }
  void discard_output();
  [[nodiscard]] std::string log_tail() { return process_.output_tail(); }
  // How it was started, without what differs from trial to trial.
  [[nodiscard]] const results::ServiceRun& run() const noexcept { return run_; }
  // It can say how many operations clients have asked of it.
  [[nodiscard]] bool counts_calls() const noexcept { return !question_.arguments.empty(); }
  // How many so far, this question not among them. Error: what it said instead.
  [[nodiscard]] Result<std::uint64_t> calls() const;

 private:
  Service(results::ServiceRun run, std::uint16_t port, WorkFolder folder, ProcessOptions question, Process process)
      : run_(std::move(run)),
        port_(port),
        folder_(std::move(folder)),
        question_(std::move(question)),
        process_(std::move(process)) {}

  results::ServiceRun run_;
  std::uint16_t port_;
  WorkFolder folder_;
  ProcessOptions question_;  // how to ask for its count; no arguments: it does not count
  Process process_;          // after folder_: it ends before its files go
};

// Does this start script say that it counts, by a line "# counts: calls"? Pure.
[[nodiscard]] bool counts_calls_by_script(std::string_view script);
// The same of a service by its name, before it runs. Error: as service_script().
[[nodiscard]] Result<bool> service_counts_calls(const std::string& name, const std::string& scenario_file,
                                                const Programs& programs);

// All of these names, in their order; with the target's processors. `templates` is a folder of the session, where each
// has one of its own; empty: none.
[[nodiscard]] Result<std::vector<Service>> start_services(const std::vector<std::string>& names,
                                                          const std::string& scenario_file, const CpuSet& cpus,
                                                          const std::string& templates, const Programs& programs,
                                                          const StopFlag& stop);
// The proxy that `target` asks for, before the server that listens at `upstream`.
[[nodiscard]] Result<Service> start_front(const TargetSpec& target, const Endpoint& upstream,
                                          const std::string& scenario_file, const Programs& programs,
                                          const StopFlag& stop);
// What its start script is told besides what every service is. Pure.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> front_environment(const TargetSpec& target,
                                                                                 const Endpoint& upstream);
// `text` with what differs from trial to trial named instead: the work folder, its port and the port or socket behind
// it. Pure.
[[nodiscard]] std::string without_places(std::string text, const std::string& work_dir, std::uint16_t port,
                                         const std::vector<std::pair<std::string, std::string>>& environment);
// For the target's arguments: name → HOST:PORT.
[[nodiscard]] results::Parameters addresses_of(const std::vector<Service>& services);

}  // namespace hotlap::harness
