// The program under test, running: started, proven to be the one that listens, stopped and asked for its own count.
// One owner; the destructor stops the whole process group.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/process.h"
#include "harness/programs.h"
#include "harness/stop_flag.h"
#include "harness/target_spec.h"
#include "results/record.h"

namespace hotlap::harness {

// The arguments to start it with; `services` maps a service's name to its HOST:PORT. Pure. In `hotlap plan` ports and
// addresses are still placeholders.
[[nodiscard]] std::vector<std::string> target_arguments(const TargetSpec& spec, const std::string& program,
                                                        const std::string& port, const results::Parameters& services);

class TargetProcess {
 public:
  // Returns when it is ready: ours by its ready line, others by an answer to `ready`; and when the port it announces is
  // its own. Error: target_not_ready with how it ended and its last words.
  [[nodiscard]] static Result<TargetProcess> start(const TargetSpec& spec, const Programs& programs,
                                                   const results::Parameters& services, const StopFlag& stop);

  [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] Nanos time_to_ready() const noexcept { return time_to_ready_; }
  [[nodiscard]] const std::string& command() const noexcept { return command_; }

  // Keeps its pipe from filling up; the tail stays.
  void discard_output();
  [[nodiscard]] std::string log_tail() { return process_.output_tail(); }
  // Set once it has ended by itself.
  [[nodiscard]] std::optional<ProcessExit> poll_exit() { return process_.poll_exit(); }

  // SIGTERM, and no waiting; stop() still has to come, or the destructor.
  void ask_to_stop() noexcept;
  [[nodiscard]] std::optional<ProcessExit> wait_for_exit(Nanos longest) { return process_.wait(longest); }

  struct End {
    ProcessExit exit;
    std::optional<std::uint64_t> requests;  // its own count, where it says
  };
  End stop();

 private:
  TargetProcess(Process process, std::string command) : process_(std::move(process)), command_(std::move(command)) {}
  [[nodiscard]] Result<void> wait_until_ready(const TargetSpec& spec, const StopFlag& stop);
  [[nodiscard]] bool announces_itself(std::string& complaint);
  [[nodiscard]] bool answers(const std::string& path);

  Process process_;
  std::string command_;
  std::uint16_t port_ = 0;
  Nanos time_to_ready_{};
};

}  // namespace hotlap::harness
