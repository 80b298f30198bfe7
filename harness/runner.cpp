#include "harness/runner.h"

#include <fmt/core.h>

#include <charconv>
#include <fstream>
#include <sstream>

#include "base/file_text.h"

namespace hotlap::harness {
namespace {

constexpr int kFieldsBetween = 19;  // of /proc/PID/stat, from the state behind the name to the start time (field 22)

std::string start_ticks(pid_t pid) {
  const auto text = file_text(fmt::format("/proc/{}/stat", pid));
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(text.substr(name_end + 1));
  std::string state, field;
  fields >> state;
  if (state == "Z") return {};  // it has ended, and nobody has asked how
  for (int i = 0; i < kFieldsBetween; ++i) fields >> field;
  return field;
}

}  // namespace

std::string runner_of(pid_t pid) {
  const auto started = start_ticks(pid);
  if (started.empty()) return {};
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string boot;
  std::getline(file, boot);
  return fmt::format("{} {} {}", pid, started, boot);
}

bool still_runs(std::string_view runner) {
  const auto pid = pid_of(runner);
  return pid > 0 && runner_of(pid) == runner;
}

pid_t pid_of(std::string_view runner) {
  pid_t pid = 0;
  std::from_chars(runner.data(), runner.data() + runner.size(), pid);
  return pid;
}

}  // namespace hotlap::harness
