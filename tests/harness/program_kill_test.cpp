// What is left when `hotlap` itself is killed at any moment of a session: no process of ours after two seconds, a store
// that opens with every trial that was finished, and a session that `resume` brings to the end that an undisturbed run
// has. HOTLAP_KILLS=100 build/release/bin/harness_kill_test kills more often than CI has time for; HOTLAP_KILL_SEED
// chooses other moments.
#include <gmock/gmock.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "program_fixture.h"
#include "results/store.h"

namespace hotlap::harness {
namespace {

using results::SessionRecord;
using results::TrialState;

constexpr const char* kMark = "HOTLAP_KILL_TEST";

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// Processes that inherited our mark: hotlap and whatever it started, however far down. Zombies have no environment.
std::vector<std::string> marked_processes(const std::string& mark) {
  std::vector<std::string> found;
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
    const auto pid = entry->path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos || pid == std::to_string(::getpid())) continue;
    const auto text = file_text(entry->path() / "environ");
    if (!text.contains(std::string(kMark) + "=" + mark)) continue;
    auto line = file_text(entry->path() / "cmdline");
    std::ranges::replace(line, '\0', ' ');
    found.push_back(pid + " " + line);
  }
  return found;
}

// It came to its end. On a busy machine a window of 40 ms may hold no response at all: then its figures are INVALID.
bool is_finished(const results::TrialRecord& trial) {
  return trial.state == TrialState::ok || trial.state == TrialState::invalid;
}

// What a session is made of, apart from its figures: seed, and each trial's place, case, repetition, and whether it
// ran.
using Makeup = std::pair<std::uint64_t, std::vector<std::tuple<int, std::string, int, bool>>>;

Makeup makeup_of(const SessionRecord& session) {
  std::map<std::int64_t, std::string> labels;
  for (const auto& one : session.cases) labels[one.id] = one.label;
  Makeup makeup{session.seed, {}};
  for (const auto& trial : session.trials)
    makeup.second.emplace_back(trial.position, labels[trial.case_id], trial.repetition, is_finished(trial));
  return makeup;
}

class Killed : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    mark_ = std::to_string(::getpid());
    ::setenv(kMark, mark_.c_str(), 1);
    std::ofstream(path("s.yaml")) << "name: s\nseed: 11\ntrials: 2\nidle_wait: 0s\n"
                                     "target: {engine: \"{engine}\", workers: 2, store: \"{store}\"}\n"
                                     "load: {path: /ugly, connections: 2, duration: 40ms, warm_up: 10ms}\n"
                                     "matrix: {engine: [prefork, epoll], store: [none, tuplestore]}\n";
  }
  void TearDown() override {
    ::unsetenv(kMark);
    ProgramTest::TearDown();
  }

  [[nodiscard]] std::optional<SessionRecord> last_session(const std::string& database) const {
    std::error_code error;
    if (!std::filesystem::exists(path(database), error)) return std::nullopt;
    auto store = results::Store::open(path(database));
    EXPECT_TRUE(store) << store.error().message;
    if (!store) return std::nullopt;
    const auto session = store->load_session("last");
    return session ? std::optional(*session) : std::nullopt;  // it was killed before it had planned anything
  }

  // Trials that were told to be finished, and therefore are in the store.
  [[nodiscard]] std::set<int> told_finished() const {
    std::set<int> positions;
    const auto told = contents("events");
    constexpr std::string_view kEvent = R"("event":"trial_finished","trial":)";
    for (auto at = told.find(kEvent); at != std::string::npos; at = told.find(kEvent, at + 1))
      positions.insert(std::atoi(told.c_str() + at + kEvent.size()) - 1);
    return positions;
  }

  void expect_nothing_left_within_two_seconds() const {
    const Instant deadline = monotonic_now() + std::chrono::seconds(2);
    auto left = marked_processes(mark_);
    while (!left.empty() && monotonic_now() < deadline) {
      ::poll(nullptr, 0, 10);
      left = marked_processes(mark_);
    }
    EXPECT_THAT(left, testing::IsEmpty());
  }

  std::string mark_;
};

TEST_F(Killed, AtAnyMomentLeavesNothingBehindAndResumesToTheSameEnd) {
  const auto kills = from_environment("HOTLAP_KILLS", 5);
  std::mt19937_64 random(from_environment("HOTLAP_KILL_SEED", 1));

  const Instant started = monotonic_now();
  const auto undisturbed = run({"run", "s.yaml", "--db", "undisturbed.db"});
  ASSERT_THAT(undisturbed.status, testing::AnyOf(0, 20)) << undisturbed.err;
  const Nanos whole = monotonic_now() - started;
  const auto wanted = makeup_of(*last_session("undisturbed.db"));
  expect_nothing_left_within_two_seconds();

  int sessions = 0;
  std::uint64_t done = 0;
  while (done < kills) {
    const auto database = std::to_string(sessions++) + ".db";
    for (bool complete = false; !complete;) {
      const auto before = last_session(database);
      const bool goes_on = before.has_value();
      auto process = start(goes_on ? std::vector<std::string>{"resume", "--db", database, "--events", "events"}
                                   : std::vector<std::string>{"run", "s.yaml", "--db", database, "--events", "events"});
      // At most half of a session at a time: more would mostly see it end.
      const auto moment = Nanos(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(whole.count() / 2)));
      const bool to_its_end = done >= kills || process.wait(moment).has_value();
      if (!to_its_end) {
        ASSERT_EQ(::kill(process.pid(), SIGKILL), 0);
        ++done;
      }
      const auto end = end_of(process);
      if (to_its_end) {
        ASSERT_THAT(end.status, testing::AnyOf(0, 20)) << end.err;
      }
      expect_nothing_left_within_two_seconds();
      const auto after = last_session(database);
      complete = to_its_end;
      if (!after) continue;
      for (const int position : told_finished())
        EXPECT_TRUE(is_finished(after->trials.at(static_cast<std::size_t>(position)))) << position;
      for (std::size_t i = 0; goes_on && i < after->trials.size(); ++i)
        if (is_finished(before->trials[i])) {
          EXPECT_EQ(after->trials[i].finished_at_us, before->trials[i].finished_at_us) << "a finished trial ran again";
        }
      std::filesystem::remove(path("events"));
      if (HasFailure()) return;
    }
    const auto reached = last_session(database);
    ASSERT_TRUE(reached);
    EXPECT_EQ(std::ranges::count_if(reached->trials, is_finished), std::ssize(reached->trials));
    EXPECT_EQ(makeup_of(*reached), wanted);
  }
  RecordProperty("kills", static_cast<int>(done));
  RecordProperty("sessions", sessions);
}

}  // namespace
}  // namespace hotlap::harness
