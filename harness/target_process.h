// The program under test, running: started, proven to be the one that listens, stopped and asked for its own count; or
// found running, and then left as it is.
// One owner; the destructor stops all that was started.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
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

// What the placeholders of a command stand for.
struct TargetPlaces {
  std::string port;
  std::string socket;            // path of a unix socket that it may make
  std::string source;            // the checkout of target.git
  std::string work_dir;          // a private folder that goes with the trial
  std::string here;              // the scenario's folder
  results::Parameters services;  // name → HOST:PORT
};

// The arguments to start it with. Pure. In `hotlap plan` ports and addresses are still placeholders.
[[nodiscard]] std::vector<std::string> target_arguments(const TargetSpec& spec, const std::string& program,
                                                        const TargetPlaces& places);
// What is added to the environment of a command: what the scenario says, and the places as HOTLAP_PORT and so on. Pure.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> target_environment(const TargetSpec& spec,
                                                                                  const TargetPlaces& places);

class TargetProcess {
 public:
  // What is known of a start also when it failed.
  struct Start {
    std::string command;
    std::string log_tail;
  };
  struct Setup {
    const TargetSpec& spec;
    const Programs& programs;
    std::string source;  // the checkout of spec.git; empty: none
    std::string here;    // the scenario's folder
    results::Parameters services;
  };
  // Returns when it is ready: ours by its ready line, others as the scenario says; and when the port is its own and no
  // stranger answers there too. Error: target_not_ready with how it ended and its last words.
  [[nodiscard]] static Result<TargetProcess> start(const Setup& setup, const StopFlag& stop, Start& start);

  // False: it ran already, and is not ours to watch or to stop.
  [[nodiscard]] bool is_started() const noexcept { return process_.has_value(); }
  // Where it is reached.
  [[nodiscard]] const Endpoint& endpoint() const noexcept { return endpoint_; }
  // When it was started; of one that ran already, when it was asked first.
  [[nodiscard]] Instant started_at() const noexcept { return started_at_; }
  [[nodiscard]] Nanos time_to_ready() const noexcept { return time_to_ready_; }  // from started_at
  [[nodiscard]] const std::string& command() const noexcept { return command_; }

  // Its processes: all that were started; of one that ran already, who holds its socket and what descends from them.
  // Empty: they cannot be seen from here.
  [[nodiscard]] std::vector<pid_t> members() const;
  // The processors that it may use, as the kernel says now; empty: not known.
  [[nodiscard]] CpuSet cpus() const;

  // -1: it ran already.
  [[nodiscard]] pid_t pid() const noexcept { return process_ ? process_->pid() : -1; }
  [[nodiscard]] int output_fd() const noexcept { return process_ ? process_->output_fd() : -1; }
  // Keeps its pipe from filling up; the tail stays.
  void discard_output();
  [[nodiscard]] std::string log_tail();
  // Set once it has ended by itself.
  [[nodiscard]] std::optional<ProcessExit> poll_exit();

  // SIGTERM, and no waiting; stop() still has to come, or the destructor.
  void ask_to_stop() noexcept;
  [[nodiscard]] std::optional<ProcessExit> wait_for_exit(Nanos longest);

  struct End {
    std::optional<ProcessExit> exit;
    std::optional<results::TargetCounts> counts;  // its own, where it says
  };
  End stop();

 private:
  TargetProcess() = default;
  [[nodiscard]] Result<void> launch(const Setup& setup, const TargetPlaces& places);
  [[nodiscard]] Result<void> wait_until_ready(const TargetSpec& spec, const StopFlag& stop);
  [[nodiscard]] bool is_ready(const TargetSpec& spec, std::string& complaint);
  [[nodiscard]] bool announces_itself(std::string& complaint);
  [[nodiscard]] bool answers(const TargetSpec& spec);

  std::optional<WorkFolder> folder_;
  std::optional<Process> process_;  // after folder_: it ends before its files go
  std::string log_path_;            // where its output goes; empty: to us
  std::string last_answer_;         // to the question whether it is ready: why it was not what is wanted
  std::string command_;
  Endpoint endpoint_;
  Instant started_at_{};
  Nanos time_to_ready_{};
};

}  // namespace hotlap::harness
