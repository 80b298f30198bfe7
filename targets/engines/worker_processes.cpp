#include "targets/engines/worker_processes.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"

namespace hotlap::targets {
namespace {

// A worker that dies as soon as it serves is not replaced in a tight circle.
constexpr Nanos kBreath = std::chrono::milliseconds(100);
constexpr Nanos kLook = std::chrono::milliseconds(20);

class Master {
 public:
  Master(const WorkerProcessesOptions& options, const WorkerMain& worker_main, const MasterEvents& events)
      : options_(options), worker_main_(worker_main), events_(events), master_(::getpid()) {
    sigemptyset(&awaited_);
    sigaddset(&awaited_, SIGTERM);
    sigaddset(&awaited_, SIGINT);
    sigaddset(&awaited_, SIGCHLD);
    ::pthread_sigmask(SIG_BLOCK, &awaited_, nullptr);
    workers_.resize(static_cast<std::size_t>(options.workers));
  }

  int run() {
    for (int worker = 0; worker < options_.workers; ++worker) start(worker);
    bool told_ready = false;
    while (!failed_) {
      const int signal = wait_for_signal(kLook);
      if (signal == SIGTERM || signal == SIGINT) break;
      look_for_ready();
      if (!told_ready && all_ready()) {
        told_ready = true;
        events_.all_ready();
      }
      bury_and_replace();
    }
    events_.stopping();
    stop_all();
    return failed_.value_or(0);
  }

 private:
  struct Worker {
    pid_t pid = -1;
    Fd ready_pipe;  // the worker writes a byte once it serves
    bool ready = false;
    Instant started{};
    bool due = false;  // to be started, once it has taken a breath
    bool replacement = false;
  };

  int wait_for_signal(Nanos most) {
    const bool calm = all_ready();  // then there is nothing to look for, but that workers do not die
    const timespec wait{calm ? 1 : 0, calm ? 0 : most.count()};
    return ::sigtimedwait(&awaited_, nullptr, &wait);
  }

  [[nodiscard]] bool all_ready() const noexcept {
    for (const auto& worker : workers_)
      if (!worker.ready) return false;
    return true;
  }

  void start(int number) {
    auto& worker = workers_[static_cast<std::size_t>(number)];
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
      worker.due = true;  // out of descriptors: later
      return;
    }
    Fd read_end(ends[0]);
    Fd write_end(ends[1]);
    std::fflush(nullptr);  // or the child writes it too
    const pid_t pid = ::fork();
    if (pid == 0) become_worker(number, std::move(write_end));
    worker.due = pid < 0;
    worker.pid = pid;
    worker.ready = false;
    worker.started = monotonic_now();
    worker.ready_pipe = std::move(read_end);
  }

  [[noreturn]] void become_worker(int number, Fd ready_pipe) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != master_) std::_Exit(1);  // it died before the line above
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    ::pthread_sigmask(SIG_UNBLOCK, &children, nullptr);
    workers_.clear();  // the pipes of the others
    const int code = worker_main_(number, [&] {
      const char byte = 1;
      (void)!::write(ready_pipe.get(), &byte, 1);
    });
    std::fflush(nullptr);
    std::_Exit(code);
  }

  void look_for_ready() {
    for (std::size_t number = 0; number < workers_.size(); ++number) {
      auto& worker = workers_[number];
      char byte = 0;
      if (worker.ready || !worker.ready_pipe || ::read(worker.ready_pipe.get(), &byte, 1) != 1) continue;
      worker.ready = true;
      worker.ready_pipe.reset();
      if (std::exchange(worker.replacement, false)) events_.replaced(static_cast<int>(number));
    }
  }

  void bury_and_replace() {
    int status = 0;
    for (pid_t gone = ::waitpid(-1, &status, WNOHANG); gone > 0; gone = ::waitpid(-1, &status, WNOHANG)) {
      look_for_ready();  // it may have been, shortly before
      for (auto& worker : workers_) {
        if (worker.pid != gone) continue;
        const bool never_served = !worker.ready && !worker.replacement;
        if (never_served) failed_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        worker.pid = -1;
        worker.ready = false;
        worker.due = worker.replacement = true;
      }
    }
    if (failed_) return;
    const Instant now = monotonic_now();
    for (std::size_t number = 0; number < workers_.size(); ++number)
      if (workers_[number].due && now - workers_[number].started >= kBreath) start(static_cast<int>(number));
  }

  void signal_all(int signal) noexcept {
    for (const auto& worker : workers_)
      if (worker.pid > 0) ::kill(worker.pid, signal);
  }

  // Waits until all have ended; the drain is theirs, the margin is for those that hang.
  void stop_all() {
    constexpr Nanos kMargin = std::chrono::seconds(1);
    signal_all(SIGTERM);
    const Instant deadline = monotonic_now() + options_.drain + kMargin;
    while (bury() && monotonic_now() < deadline) (void)wait_for_signal(kLook);
    signal_all(SIGKILL);
    for (auto& worker : workers_)
      if (worker.pid > 0) ::waitpid(worker.pid, nullptr, 0);
  }

  // Any left?
  bool bury() {
    bool left = false;
    for (auto& worker : workers_) {
      worker.ready = false;
      if (worker.pid > 0 && ::waitpid(worker.pid, nullptr, WNOHANG) == worker.pid) worker.pid = -1;
      left = left || worker.pid > 0;
    }
    return left;
  }

  const WorkerProcessesOptions& options_;
  const WorkerMain& worker_main_;
  const MasterEvents& events_;
  pid_t master_;
  sigset_t awaited_{};
  std::vector<Worker> workers_;
  std::optional<int> failed_;
};

}  // namespace

int run_worker_processes(const WorkerProcessesOptions& options, const WorkerMain& worker_main,
                         const MasterEvents& events) {
  return Master(options, worker_main, events).run();
}

}  // namespace hotlap::targets
