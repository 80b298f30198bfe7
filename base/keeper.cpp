#include "base/keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/process_tree.h"

namespace hotlap {
namespace {

constexpr int kChannel = 3;
constexpr int kSignals = 4;
constexpr int kLongestCleaning = 5000;  // passes of 1 ms; whoever survives SIGKILL that long hangs in the kernel

// Only the channel and the signals stay open: a pipe that we held would keep others waiting for its end.
void close_everything_else(int channel, int signals) noexcept {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int standard = 0; standard <= 2; ++standard) (void)(null >= 0 ? ::dup2(null, standard) : ::close(standard));
  // Out of the way first: either may be the other's future number.
  channel = ::fcntl(channel, F_DUPFD_CLOEXEC, 16);
  signals = ::fcntl(signals, F_DUPFD_CLOEXEC, 16);
  ::dup2(channel, kChannel);
  ::dup2(signals, kSignals);
  if (::syscall(SYS_close_range, kSignals + 1, ~0U, 0) == 0) return;
  for (int fd = kSignals + 1; fd < 65536; ++fd) ::close(fd);  // Linux before 5.9
}

void say(int channel, const KeeperWord& word) noexcept {
  (void)!::send(channel, &word, sizeof word, MSG_NOSIGNAL | MSG_DONTWAIT);
}

// False when no child is left: then nothing below us is left either.
bool reap(pid_t child) noexcept {
  while (true) {
    KeeperWord word{.kind = KeeperWord::Kind::ended};
    const pid_t ended = ::wait4(-1, &word.value, WNOHANG, &word.usage);
    if (ended < 0 && errno == EINTR) continue;
    if (ended < 0) return false;
    if (ended == 0) return true;
    if (ended == child) say(kChannel, word);
  }
}

void clean_up(pid_t child) noexcept {
  static pid_t left[kMostProcesses];
  for (int pass = 0; pass < kLongestCleaning; ++pass) {
    const auto count = find_descendants(::getpid(), left);
    for (std::size_t i = 0; i < count; ++i) ::kill(left[i], SIGKILL);
    if (!reap(child)) return;
    ::poll(nullptr, 0, 1);
  }
}

void watch(pid_t child) noexcept {
  pollfd waiting[] = {{kChannel, POLLIN, 0}, {kSignals, POLLIN, 0}};
  while (true) {
    if (::poll(waiting, 2, -1) < 0 && errno != EINTR) return;
    if (waiting[0].revents != 0) return;
    signalfd_siginfo ignored;
    while (::read(kSignals, &ignored, sizeof ignored) > 0) {
    }
    (void)reap(child);
  }
}

}  // namespace

void keep_child(int channel, void (*run_child)(const void* what, pid_t keeper), const void* what) noexcept {
  ::setpgid(0, 0);  // what is sent to our group is not meant for it
  ::prctl(PR_SET_NAME, "hotlap-keeper");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) ::signal(signal, SIG_IGN);
  ::signal(SIGCHLD, SIG_DFL);
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  ::sigprocmask(SIG_SETMASK, &children, nullptr);
  const int signals = ::signalfd(-1, &children, SFD_NONBLOCK | SFD_CLOEXEC);
  const pid_t keeper = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    run_child(what, keeper);
    ::_exit(127);
  }
  const int fork_error = errno;
  close_everything_else(channel, signals);
  if (child < 0) {
    say(kChannel, {.kind = KeeperWord::Kind::refused, .value = fork_error});
    ::_exit(1);
  }
  say(kChannel, {.kind = KeeperWord::Kind::started, .value = child});
  watch(child);
  clean_up(child);
  ::_exit(0);
}

}  // namespace hotlap
