#include "base/process.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/child_launch.h"
#include "base/keeper.h"
#include "base/process_tree.h"
#include "base/program_path.h"

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

Result<void> make_pipe(Fd& read, Fd& write) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("pipe");
  read = Fd(ends[0]);
  write = Fd(ends[1]);
  return {};
}

// False with errno 0 when the keeper has closed its end, with another when there is nothing now.
bool receive(const Fd& channel, KeeperWord& word, int flags) {
  while (true) {
    const auto count = ::recv(channel.get(), &word, sizeof word, flags);
    if (count == sizeof word) return true;
    if (count < 0 && errno == EINTR) continue;
    if (count >= 0) errno = 0;
    return false;
  }
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
  Fd output_read;
  Fd output_write;
  if (auto made = make_pipe(output_read, output_write); !made) return std::unexpected(made.error());
  Fd report_read;
  Fd report_write;
  if (auto made = make_pipe(report_read, report_write); !made) return std::unexpected(made.error());
  Fd ready_read;
  Fd ready_write;
  if (options.ready_pipe)
    if (auto made = make_pipe(ready_read, ready_write); !made) return std::unexpected(made.error());
  int pair[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return fail_errno("socketpair");
  Fd channel(pair[0]);
  Fd keepers_end(pair[1]);
  Fd log;
  Fd file;
  for (auto [name, into] : {std::pair(&options.log_path, &log), std::pair(&options.output_path, &file)}) {
    if (name->empty()) continue;
    *into = Fd(::open(name->c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (!*into) return fail_errno(fmt::format("open log {}", *name), ExitCode::store_failed);
  }
  auto arguments = options.arguments;
  auto environment = merged_environment(options);
  const auto argument_pointers = argument_vector(arguments);
  const auto environment_pointers = argument_vector(environment);
  const ChildLaunch launch{.options = &options,
                           .path = path->c_str(),
                           .arguments = argument_pointers.data(),
                           .environment = environment_pointers.data(),
                           .output = file ? file.get() : output_write.get(),
                           .log = log.get(),
                           .ready = ready_write.get(),
                           .report = report_write.get()};
  const pid_t keeper = ::fork();
  if (keeper < 0) return fail_errno("fork");
  if (keeper == 0) {
    keep_child(
        keepers_end.get(),
        [](const void* what, pid_t parent) { run_child(*static_cast<const ChildLaunch*>(what), parent); }, &launch);
  }
  keepers_end.reset();
  report_write.reset();
  output_write.reset();
  ready_write.reset();
  for (const Fd* end : {&output_read, &ready_read})
    if (*end) ::fcntl(end->get(), F_SETFL, O_NONBLOCK);
  Process process;
  process.keeper_ = keeper;
  process.channel_ = std::move(channel);
  process.ready_ = std::move(ready_read);
  process.output_ = std::move(output_read);
  KeeperWord word;
  const auto heard = receive(process.channel_, word, 0);
  if (!heard || word.kind != KeeperWord::Kind::started) {
    process.release_keeper();
    errno = heard ? word.value : ECHILD;
    return fail_errno("fork");
  }
  process.pid_ = word.value;
  int error = 0;
  if (::read(report_read.get(), &error, sizeof error) == sizeof error) {
    process.stop(Nanos{0});
    errno = error;
    return fail_errno(fmt::format("start '{}'", printable(*path)), ExitCode::missing_program);
  }
  return process;
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      keeper_(std::exchange(other.keeper_, -1)),
      channel_(std::move(other.channel_)),
      ready_(std::move(other.ready_)),
      output_(std::move(other.output_)),
      output_ended_(other.output_ended_),
      pending_(std::move(other.pending_)),
      tail_(std::move(other.tail_)),
      exit_(other.exit_) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    if (pid_ > 0) stop(std::chrono::seconds(1));
    pid_ = std::exchange(other.pid_, -1);
    keeper_ = std::exchange(other.keeper_, -1);
    channel_ = std::move(other.channel_);
    ready_ = std::move(other.ready_);
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

bool Process::said_ready() {
  char byte = 0;
  return ready_ && ::read(ready_.get(), &byte, 1) == 1;
}

std::optional<ProcessExit> Process::poll_exit() {
  if (exit_ || pid_ <= 0) return exit_;
  KeeperWord word;
  const auto heard = receive(channel_, word, MSG_DONTWAIT);
  if (heard && word.kind == KeeperWord::Kind::ended) {
    exit_ = describe(word.value, word.usage);
  } else if (!heard && errno == 0) {
    // The keeper has gone without a word, so it was killed, and the child with it (PR_SET_PDEATHSIG).
    exit_ = ProcessExit{.status = 128 + SIGKILL, .signalled = true};
  }
  return exit_;
}

std::optional<ProcessExit> Process::wait(Nanos timeout) {
  const Instant deadline = monotonic_now() + timeout;
  while (!poll_exit()) {
    const Nanos left = deadline - monotonic_now();
    if (left <= Nanos::zero()) return std::nullopt;
    drain_output();  // a child that blocks on a full pipe would never end
    pollfd waiting[] = {{channel_.get(), POLLIN, 0}, {output_ended_ ? -1 : output_.get(), POLLIN, 0}};
    ::poll(waiting, 2, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
  }
  drain_output();
  return exit_;
}

void Process::signal_group(int signal) noexcept {
  if (pid_ > 0) ::kill(-pid_, signal);
}

std::vector<pid_t> Process::members() const {
  return keeper_ > 0 ? descendants_of(keeper_) : std::vector<pid_t>{};
}

void Process::release_keeper() noexcept {
  if (keeper_ <= 0) return;
  ::shutdown(channel_.get(), SHUT_WR);
  // It ends when everything below it has; meanwhile what still comes out must not block anybody.
  while (::waitpid(keeper_, nullptr, WNOHANG) == 0) {
    drain_output();
    pollfd waiting[] = {{channel_.get(), 0, 0}, {output_ended_ ? -1 : output_.get(), POLLIN, 0}};
    ::poll(waiting, 2, 10);
  }
  keeper_ = -1;
}

ProcessExit Process::stop(Nanos grace) {
  check(pid_ > 0, "only a started process can be stopped");
  if (!poll_exit()) {
    signal_group(SIGTERM);
    (void)wait(grace);
  }
  release_keeper();  // kills what the leader left behind, or the leader itself
  drain_output();
  (void)poll_exit();
  check(exit_.has_value(), "a keeper that has ended has said how its child did, or its end says it");
  pid_ = -1;
  return *exit_;
}

}  // namespace hotlap
