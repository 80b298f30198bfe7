// What is left of a store when its process is killed, when the disk fills up and when writing fails: every earlier
// trial, whole, and nothing of the one that was being written.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <random>

#include "results/sqlite.h"
#include "results/store.h"
#include "tests/results/session_fixture.h"

namespace hotlap::results {
namespace {

// Many values of many sizes, so that a trial spans many pages.
TrialRecord heavy(const TrialRecord& planned, std::uint64_t seed) {
  TrialRecord trial = finished(planned);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    trial.measurement->response_time.record(Nanos(random() % 1'000'000'000));
    trial.measurement->service_time.record(Nanos(random() % 1'000'000'000));
  }
  return trial;
}

SessionRecord long_session(int trials) {
  SessionRecord session = some_session("");
  session.trials.resize(1);
  while (static_cast<int>(session.trials.size()) < trials) {
    session.trials.push_back(session.trials.front());
    session.trials.back().position = static_cast<int>(session.trials.size()) - 1;
  }
  return session;
}

// How many trials of the last session are there, all of them whole; -1 and a test failure otherwise.
int whole_trials(const std::string& path) {
  auto store = Store::open(path);
  EXPECT_TRUE(store) << store.error().message;
  if (!store) return -1;
  auto database = Database::open(path);
  std::string integrity;
  EXPECT_TRUE(database->query("PRAGMA integrity_check", [&](const Statement& row) {
    integrity += row.text(0);
    return Result<void>{};
  }));
  EXPECT_EQ(integrity, "ok");
  EXPECT_EQ(*database->integer("SELECT count(*) FROM pragma_foreign_key_check"), 0);
  if (store->list_sessions()->empty()) return 0;
  const auto session = store->load_session("last");
  EXPECT_TRUE(session) << session.error().message;
  if (!session) return -1;
  int whole = 0;
  for (const auto& trial : session->trials) {
    EXPECT_EQ(trial.state == TrialState::ok, trial.measurement.has_value());
    if (!trial.measurement) continue;
    ++whole;
    EXPECT_EQ(trial.measurement->response_time.count(), 20'000U + 920U);
    EXPECT_EQ(trial.measurement->send_lag.count(), 920U);
    EXPECT_EQ(trial.measurement->errors.size(), 2U);
    EXPECT_EQ(trial.measurement->series.size(), 2U);
  }
  return whole;
}

int status_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

// The kernel kills the process once it has used this much CPU: a random moment that no load on the machine moves.
void kill_me_after(std::int64_t cpu_ns) {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  timer_t timer{};
  itimerspec when{};
  when.it_value.tv_sec = cpu_ns / 1'000'000'000;
  when.it_value.tv_nsec = cpu_ns % 1'000'000'000;
  if (::timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer) != 0 || ::timer_settime(timer, 0, &when, nullptr) != 0)
    ::_exit(3);
}

std::int64_t cpu_used_ns() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return used.tv_sec * 1'000'000'000LL + used.tv_nsec;
}

constexpr int kStoreFailed = 4;

// In a child process: stores trials, round and round, until killed or `most` are stored.
void store_trials(const std::string& path, SessionRecord session, const std::vector<TrialRecord>& prepared, int most) {
  auto store = Store::open(path);
  if (!store || !store->begin_session(session)) ::_exit(kStoreFailed);
  for (int stored = 0; stored < most; ++stored) {
    const auto i = static_cast<std::size_t>(stored) % session.trials.size();
    TrialRecord trial = prepared[i % prepared.size()];
    trial.id = session.trials[i].id;
    if (!store->start_trial(session.trials[i]) || !store->finish_trial(trial)) ::_exit(kStoreFailed);
  }
}

// What a process needs, undisturbed, for a session and its first `trials`: sanitizers and machines differ widely.
std::int64_t cpu_ns_for(int trials, const std::string& path, const SessionRecord& plan,
                        const std::vector<TrialRecord>& prepared) {
  const std::string report = path + ".cpu";
  const pid_t child = ::fork();
  if (child == 0) {
    store_trials(path, plan, prepared, trials);
    std::ofstream(report) << cpu_used_ns();
    ::_exit(0);
  }
  std::int64_t used = 0;
  if (child > 0 && status_of(child) == 0) std::ifstream(report) >> used;
  return used;
}

TEST(StoreCrash, AKillAtAnyMomentLeavesNoHalfTrial) {
  const Folder folder;
  constexpr std::uint64_t kSeed = 20170504;
  std::mt19937_64 random(kSeed);
  std::vector<TrialRecord> prepared;
  const SessionRecord plan = long_session(400);
  for (std::uint64_t i = 0; i < 8; ++i) prepared.push_back(heavy(plan.trials[0], i));
  const auto for_six = cpu_ns_for(6, folder / "whole.db", plan, prepared);
  ASSERT_GT(for_six, 0);
  EXPECT_EQ(whole_trials(folder / "whole.db"), 6);

  int killed_with_trials = 0;
  for (int round = 0; round < 12; ++round) {
    SCOPED_TRACE(testing::Message() << "seed " << kSeed << ", round " << round);
    const std::string path = folder / ("kill" + std::to_string(round) + ".db");
    // From the first moments on to well after the sixth trial; the last round is sure to come that far.
    const auto cpu_ns =
        round == 11 ? 3 * for_six : static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(2 * for_six));
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      kill_me_after(std::max<std::int64_t>(cpu_ns, 1));
      store_trials(path, plan, prepared, std::numeric_limits<int>::max());
      ::_exit(0);
    }
    const int status = status_of(child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
    if (!std::filesystem::exists(path)) continue;
    if (whole_trials(path) > 0) ++killed_with_trials;
  }
  EXPECT_GT(killed_with_trials, 0) << "no round came far enough to store a trial";
}

// Stores trials until it fails; writes what was said and how many succeeded. 0: it failed as it should.
int fill_up(const std::string& path, const std::string& report) {
  auto store = Store::open(path);
  if (!store) return 4;
  SessionRecord session = long_session(400);
  if (!store->begin_session(session)) return 5;
  int stored = 0;
  for (auto& planned : session.trials) {
    TrialRecord trial = heavy(planned, static_cast<std::uint64_t>(stored));
    if (const auto done = store->finish_trial(trial); !done) {
      const auto readable = store->load_session("last");  // still in the same session
      std::ofstream(report) << stored << '\n'
                            << (readable ? "readable" : readable.error().message) << '\n'
                            << static_cast<int>(done.error().code) << '\n'
                            << done.error().message << '\n';
      return 0;
    }
    ++stored;
  }
  return 6;
}

struct FillReport {
  int stored = 0;
  std::string readable, code, message;
  explicit FillReport(const std::string& file) {
    std::ifstream in(file);
    in >> stored >> std::ws;
    std::getline(in, readable);
    std::getline(in, code);
    std::getline(in, message);
  }
};

// Leaves the namespace that the filesystem lives in to a child; returns false with the reason when there can be none.
bool mount_small_disk(const std::string& folder, std::string& why) {
  const auto user = ::geteuid();
  const auto group = ::getegid();
  if (::unshare(CLONE_NEWNS) != 0) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
      why = system_message("unshare", errno);
      return false;
    }
    // Without these the new disk cannot hold files of ours (user_namespaces(7)).
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 " << user << " 1";
    std::ofstream("/proc/self/gid_map") << "0 " << group << " 1";
  }
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=1m") != 0) {
    why = system_message("mount a tmpfs", errno);
    return false;
  }
  return true;
}

TEST(StoreCrash, AFullDiskLeavesTheFileWholeAndSaysSo) {
  const Folder disk;
  const Folder notes;
  constexpr int kNoDisk = 77;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::string why;
    if (!mount_small_disk(disk.text(), why)) {
      std::ofstream(notes / "why") << why;
      ::_exit(kNoDisk);
    }
    const int filled = fill_up(disk / "a.db", notes / "report");
    if (filled != 0) ::_exit(filled);
    std::filesystem::copy_file(disk / "a.db", notes / "copy.db");  // the disk goes with this process
    if (std::filesystem::exists(disk / "a.db-wal"))
      std::filesystem::copy_file(disk / "a.db-wal", notes / "copy.db-wal");
    ::_exit(0);
  }
  const int status = status_of(child);
  ASSERT_TRUE(WIFEXITED(status)) << status;
  if (WEXITSTATUS(status) == kNoDisk) {
    std::string why;
    std::getline(std::ifstream(notes / "why"), why);
    GTEST_SKIP() << "no small disk of our own here: " << why;
  }
  ASSERT_EQ(WEXITSTATUS(status), 0);
  const FillReport report(notes / "report");
  EXPECT_EQ(report.code, "40");
  EXPECT_THAT(report.message, testing::EndsWith("a.db' cannot be written: disk full; free space or choose another file "
                                                "with --db"));
  EXPECT_EQ(report.readable, "readable");
  EXPECT_GT(report.stored, 0);
  EXPECT_EQ(whole_trials(notes / "copy.db"), report.stored);
}

TEST(StoreCrash, AWriteThatFailsLeavesTheFileWholeAndSaysSo) {
  const Folder folder;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);  // so that the write fails instead
    const rlimit limit{600'000, 600'000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(3);
    ::_exit(fill_up(folder / "a.db", folder / "report"));
  }
  const int status = status_of(child);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  const FillReport report(folder / "report");
  EXPECT_EQ(report.code, "40");
  EXPECT_THAT(report.message, testing::HasSubstr("--db"));
  EXPECT_EQ(report.readable, "readable");
  EXPECT_GT(report.stored, 0);
  EXPECT_EQ(whole_trials(folder / "a.db"), report.stored);
}

}  // namespace
}  // namespace hotlap::results
