// A child process in a process group of its own, under a keeper (keeper.h), so that stopping it stops everything it
// started, also what has left the group, and so that nothing of it outlives us however we end. Its output is kept
// (tail) or read line by line, or goes to a file. Move-only; the destructor stops it (terminate, then kill) and reaps.
// Not thread-safe.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/cpu_set.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/units.h"

namespace hotlap {

struct ProcessOptions {
  std::vector<std::string> arguments;  // arguments[0] is the program: a path, or a name looked up in PATH; no shell
  std::vector<std::pair<std::string, std::string>> environment;  // added to ours
  std::string working_directory;                                 // empty: ours
  std::string log_path;     // standard error goes to this file; empty: dropped into the same stream as the output
  std::string output_path;  // standard output goes to this file too, and with no log_path also the errors
  CpuSet cpus;              // empty: anywhere
  bool ready_pipe = false;  // the child has kReadyDescriptor open, to write to when it is ready
};

// What a child with a ready_pipe finds open; the number is promised to users.
inline constexpr int kReadyDescriptor = 3;

struct ProcessExit {
  int status = 0;          // exit code, or 128 + signal
  bool signalled = false;  // ended by a signal
  Nanos user_time{};       // of the process and the children it waited for (rusage)
  Nanos system_time{};
  std::int64_t max_resident_bytes = 0;
  [[nodiscard]] std::string text() const;  // "exit code 3", "killed by signal 11 (Segmentation fault)"
};

class Process {
 public:
  // Error when the program is missing (ExitCode::missing_program, names the program) or cannot be executed.
  [[nodiscard]] static Result<Process> start(const ProcessOptions& options);

  Process(Process&&) noexcept;
  Process& operator=(Process&&) noexcept;
  ~Process();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  // The next line of standard output, without its line feed; nullopt on end of output or after `timeout`.
  // (`output_ended()` tells the two apart.)
  [[nodiscard]] std::optional<std::string> read_line(Nanos timeout);
  [[nodiscard]] bool output_ended() const noexcept { return output_ended_; }
  // To wait for output together with other things; read it with read_line.
  [[nodiscard]] int output_fd() const noexcept { return output_.get(); }
  // Holds once a byte has come through the ready_pipe.
  [[nodiscard]] bool said_ready();
  // What came out so far and was not read as lines plus the read lines: the last 16 KiB, for messages.
  [[nodiscard]] std::string output_tail();

  // Not blocking; the exit is remembered and answered again.
  [[nodiscard]] std::optional<ProcessExit> poll_exit();
  // Waits up to `timeout`.
  [[nodiscard]] std::optional<ProcessExit> wait(Nanos timeout);
  // SIGTERM to the group, up to `grace` for the child to end, then SIGKILL to all that descends from it; always reaps.
  ProcessExit stop(Nanos grace);
  void signal_group(int signal) noexcept;
  // Its own id and those of all that descend from it, whatever groups and sessions they have made.
  [[nodiscard]] std::vector<pid_t> members() const;

 private:
  Process() = default;
  void drain_output();
  void release_keeper() noexcept;

  pid_t pid_ = -1;
  pid_t keeper_ = -1;
  Fd channel_;  // to the keeper: its end tells it to kill what is left
  Fd ready_;
  Fd output_;
  bool output_ended_ = false;
  std::string pending_;  // read but not yet handed out as a line
  std::string tail_;     // the last bytes of everything read
  std::optional<ProcessExit> exit_;
};

}  // namespace hotlap
