#include "base/process.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace hotlap {
namespace {

constexpr std::size_t kTailBytes = 16 * 1024;

Nanos of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

ProcessExit describe(int status, const rusage& usage) {
  ProcessExit exit;
  exit.signalled = WIFSIGNALED(status);
  exit.status = exit.signalled ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  exit.user_time = of(usage.ru_utime);
  exit.system_time = of(usage.ru_stime);
  exit.max_resident_bytes = usage.ru_maxrss * 1024;
  return exit;
}

// Between fork and exec: only async-signal-safe calls. Reports errno through `report` when it cannot go on.
[[noreturn]] void run_child(const ProcessOptions& options, const char* path, char* const* arguments, char** environment,
                            int output, int log, int report, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // the parent died before the line above took hold
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM}) ::signal(signal, SIG_DFL);
  bool ready = true;
  if (!options.pass_terminal) {
    const int null = ::open("/dev/null", O_RDONLY);
    ready = ::dup2(null, 0) >= 0 && ::dup2(output, 1) >= 0 && ::dup2(log >= 0 ? log : output, 2) >= 0;
  }
  if (ready && !options.working_directory.empty()) ready = ::chdir(options.working_directory.c_str()) == 0;
  if (ready && !options.cpus.empty()) {
    cpu_set_t mask;
    CPU_ZERO(&mask);
    for (const int cpu : options.cpus.cpus()) CPU_SET(static_cast<unsigned>(cpu), &mask);
    ready = ::sched_setaffinity(0, sizeof mask, &mask) == 0;
  }
  if (ready) ::execve(path, arguments, environment);
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

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (auto& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

std::string ProcessExit::text() const {
  if (!signalled) return fmt::format("exit code {}", status);
  return fmt::format("killed by signal {} ({})", status - 128, ::strsignal(status - 128));
}

Result<Process> Process::start(const ProcessOptions& options) {
  check(!options.arguments.empty(), "a process needs at least its program's name");
  const auto path = find_program(options.arguments[0]);
  if (!path)
    return fail(fmt::format("program '{}' was not found{}", printable(options.arguments[0]),
                            options.arguments[0].contains('/') ? "" : " in PATH"),
                ExitCode::missing_program);
  int output[2] = {-1, -1};
  int report[2] = {-1, -1};
  if (::pipe2(output, O_CLOEXEC) != 0) return fail_errno("pipe");
  Fd output_read(output[0]);
  Fd output_write(output[1]);
  if (::pipe2(report, O_CLOEXEC) != 0) return fail_errno("pipe");
  const Fd report_read(report[0]);
  Fd report_write(report[1]);
  Fd log;
  if (!options.log_path.empty()) {
    log = Fd(::open(options.log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (!log) return fail_errno(fmt::format("open log {}", options.log_path), ExitCode::store_failed);
  }
  auto arguments = options.arguments;
  auto environment = merged_environment(options);
  const auto argument_pointers = pointers(arguments);
  auto environment_pointers = pointers(environment);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return fail_errno("fork");
  if (child == 0)
    run_child(options, path->c_str(), argument_pointers.data(), environment_pointers.data(), output_write.get(),
              log.get(), report_write.get(), parent);
  ::setpgid(child, child);
  report_write.reset();
  output_write.reset();
  ::fcntl(output_read.get(), F_SETFL, O_NONBLOCK);
  Process process;
  process.pid_ = child;
  process.output_ = std::move(output_read);
  int error = 0;
  if (::read(report_read.get(), &error, sizeof error) == sizeof error) {
    (void)process.wait(std::chrono::seconds(1));
    errno = error;
    return fail_errno(fmt::format("start '{}'", printable(*path)), ExitCode::missing_program);
  }
  return process;
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::move(other.output_)),
      output_ended_(other.output_ended_),
      pending_(std::move(other.pending_)),
      tail_(std::move(other.tail_)),
      exit_(other.exit_) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    if (pid_ > 0) stop(std::chrono::seconds(1));
    pid_ = std::exchange(other.pid_, -1);
    output_ = std::move(other.output_);
    output_ended_ = other.output_ended_;
    pending_ = std::move(other.pending_);
    tail_ = std::move(other.tail_);
    exit_ = other.exit_;
  }
  return *this;
}

Process::~Process() {
  if (pid_ > 0) stop(std::chrono::seconds(1));
}

void Process::drain_output() {
  char buffer[4096];
  while (!output_ended_) {
    const auto count = ::read(output_.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return;  // EAGAIN: nothing more now
    if (count == 0) {
      output_ended_ = true;
      return;
    }
    pending_.append(buffer, static_cast<std::size_t>(count));
    tail_.append(buffer, static_cast<std::size_t>(count));
    if (tail_.size() > kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
  }
}

std::optional<std::string> Process::read_line(Nanos timeout) {
  const Instant deadline = monotonic_now() + timeout;
  while (true) {
    drain_output();
    if (const auto end = pending_.find('\n'); end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      return line;
    }
    if (output_ended_) {
      if (pending_.empty()) return std::nullopt;
      return std::exchange(pending_, {});
    }
    const Nanos left = deadline - monotonic_now();
    if (left <= Nanos::zero()) return std::nullopt;
    pollfd waiting{output_.get(), POLLIN, 0};
    const auto left_ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    if (::poll(&waiting, 1, static_cast<int>(left_ms)) < 0 && errno == EINTR) return std::nullopt;
  }
}

std::string Process::output_tail() {
  drain_output();
  return tail_;
}

std::optional<ProcessExit> Process::poll_exit() {
  if (exit_ || pid_ <= 0) return exit_;
  int status = 0;
  rusage usage{};
  if (::wait4(pid_, &status, WNOHANG, &usage) == pid_) exit_ = describe(status, usage);
  return exit_;
}

std::optional<ProcessExit> Process::wait(Nanos timeout) {
  const Instant deadline = monotonic_now() + timeout;
  while (!poll_exit()) {
    const Nanos left = deadline - monotonic_now();
    if (left <= Nanos::zero()) return std::nullopt;
    drain_output();  // a child that blocks on a full pipe would never end
    ::poll(nullptr, 0, left > std::chrono::milliseconds(2) ? 2 : 1);
  }
  drain_output();
  return exit_;
}

void Process::signal_group(int signal) noexcept {
  if (pid_ > 0) ::kill(-pid_, signal);
}

ProcessExit Process::stop(Nanos grace) {
  check(pid_ > 0, "only a started process can be stopped");
  if (!poll_exit()) {
    signal_group(SIGTERM);
    (void)wait(grace);
  }
  signal_group(SIGKILL);  // what the leader left behind, or the leader itself
  while (!wait(std::chrono::seconds(1))) signal_group(SIGKILL);
  pid_ = -1;
  return *exit_;
}

std::optional<std::string> find_program(const std::string& name) {
  const auto executable = [](const std::string& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0;
  };
  if (name.contains('/')) return executable(name) ? std::optional(name) : std::nullopt;
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable ? variable : "/usr/bin:/bin";
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    auto candidate = fmt::format("{}/{}", rest.substr(0, colon), name);
    if (executable(candidate)) return candidate;
    rest = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon + 1);
  }
  return std::nullopt;
}

std::string own_directory() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path().string();
}

namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The space-separated numbers after the command name in /proc/PID/stat; [0] is field 3 (state), so field n is [n - 3].
std::vector<std::string_view> stat_fields(std::string_view stat) {
  std::vector<std::string_view> fields;
  const auto name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return fields;
  stat.remove_prefix(name_end + 1);
  while (!stat.empty()) {
    const auto start = stat.find_first_not_of(" \n");
    if (start == std::string_view::npos) break;
    const auto end = stat.find_first_of(" \n", start);
    fields.push_back(stat.substr(start, end - start));
    if (end == std::string_view::npos) break;
    stat.remove_prefix(end);
  }
  return fields;
}

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

Result<CpuTime> group_cpu_time(pid_t pgid) {
  namespace fs = std::filesystem;
  const auto tick = Nanos(1'000'000'000 / ::sysconf(_SC_CLK_TCK));
  CpuTime sum;
  bool found = false;
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
    const auto name = entry->path().filename().string();
    if (name.empty() || name[0] < '0' || name[0] > '9') continue;
    const auto stat = read_file(entry->path() / "stat");
    const auto fields = stat_fields(stat);
    if (fields.size() < 15 || number(fields[2]) != pgid || fields[0] == "Z") continue;
    found = true;
    const Nanos user = tick * number(fields[11]);
    const Nanos system = tick * number(fields[12]);
    const Nanos waited_for = tick * (number(fields[13]) + number(fields[14]));
    Nanos exact{};
    std::error_code task_error;
    for (fs::directory_iterator task(entry->path() / "task", task_error), last; !task_error && task != last;
         task.increment(task_error)) {
      const auto schedstat = read_file(task->path() / "schedstat");
      exact += Nanos(number(std::string_view(schedstat).substr(0, schedstat.find(' '))));
    }
    sum.user += user;
    sum.system += system;
    // Threads that have ended are in the ticks only; whichever is larger has lost less.
    sum.total += std::max(exact, user + system - 2 * tick) + waited_for;
  }
  if (!found) return fail(fmt::format("no process is left in group {}", pgid));
  return sum;
}

}  // namespace hotlap
