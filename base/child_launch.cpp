#include "base/child_launch.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string_view>

namespace hotlap {

void run_child(const ChildLaunch& launch, pid_t keeper) {
  const auto& options = *launch.options;
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != keeper) ::_exit(127);  // it died before the line above took hold
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::signal(signal, SIG_DFL);
  const int null = ::open("/dev/null", O_RDONLY);
  const int log = launch.log >= 0 ? launch.log : launch.output;
  bool able = null >= 0 && ::dup2(null, 0) >= 0 && ::dup2(launch.output, 1) >= 0 && ::dup2(log, 2) >= 0;
  int report = launch.report;
  if (able && launch.ready >= 0) {
    const int ready = ::fcntl(launch.ready, F_DUPFD_CLOEXEC, kReadyDescriptor + 1);
    report = ::fcntl(report, F_DUPFD_CLOEXEC, kReadyDescriptor + 1);
    able = ready >= 0 && report >= 0 && ::dup2(ready, kReadyDescriptor) >= 0;
  }
  if (able && !options.working_directory.empty()) able = ::chdir(options.working_directory.c_str()) == 0;
  if (able && !options.cpus.empty()) {
    cpu_set_t mask;
    CPU_ZERO(&mask);
    for (const int cpu : options.cpus.cpus()) CPU_SET(static_cast<unsigned>(cpu), &mask);
    able = ::sched_setaffinity(0, sizeof mask, &mask) == 0;
  }
  if (able) ::execve(launch.path, launch.arguments, launch.environment);
  const int error = errno;
  (void)!::write(report, &error, sizeof error);
  ::_exit(127);
}

std::vector<std::string> merged_environment(const ProcessOptions& options) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text(*entry);
    const auto name = text.substr(0, text.find('='));
    bool replaced = false;
    for (const auto& [key, value] : options.environment) replaced |= key == name;
    if (!replaced) merged.emplace_back(text);
  }
  for (const auto& [key, value] : options.environment) merged.push_back(fmt::format("{}={}", key, value));
  return merged;
}

std::vector<char*> argument_vector(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (auto& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace hotlap
