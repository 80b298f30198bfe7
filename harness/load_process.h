// hotlap-load, running: its command line, the lines it reports, its end. One owner; the destructor stops it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/process.h"
#include "harness/work_folder.h"
#include "loadgen/contract/load_spec.h"
#include "loadgen/contract/measurement.h"

namespace hotlap::harness {

// The arguments that make hotlap-load do what `spec` says and report in JSON lines. Pure.
[[nodiscard]] std::vector<std::string> load_arguments(const load::LoadSpec& spec, const std::string& program);

enum class LoadEvent { window_start, progress, window_end };

// What it has done so far, warm-up included.
struct LoadProgress {
  Nanos elapsed{};  // of the window; negative in the warm-up
  std::uint64_t good = 0;
  std::uint64_t bad = 0;
  Nanos service_time_p99{};  // of the last whole second, of the slowest thread; zero: none yet
};

// One line of its output: an event, or the measurement that ends it.
struct LoadLine {
  std::optional<LoadEvent> event;
  LoadProgress progress;  // of that event
  std::optional<load::Measurement> measurement;
};
[[nodiscard]] Result<LoadLine> parse_load_line(std::string_view line);

class LoadProcess {
 public:
  [[nodiscard]] static Result<LoadProcess> start(const load::LoadSpec& spec, const std::string& program);

  // The next line; nullopt after `timeout` or at the end of output.
  [[nodiscard]] std::optional<std::string> read_line(Nanos timeout) { return process_.read_line(timeout); }
  [[nodiscard]] int output_fd() const noexcept { return process_.output_fd(); }
  [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }
  [[nodiscard]] bool output_ended() const noexcept { return process_.output_ended(); }
  [[nodiscard]] std::optional<ProcessExit> wait(Nanos timeout) { return process_.wait(timeout); }
  ProcessExit stop() { return process_.stop(std::chrono::milliseconds(500)); }
  // The last thing it said on standard error.
  [[nodiscard]] std::string complaint() const;

 private:
  LoadProcess(WorkFolder folder, Process process) : folder_(std::move(folder)), process_(std::move(process)) {}

  WorkFolder folder_;  // of its standard error
  Process process_;
};

}  // namespace hotlap::harness
