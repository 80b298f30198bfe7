#include "base/system_calls.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <thread>
#include <vector>

#include "base/published_calls.h"

namespace hotlap {
namespace {

// Another program, as far as counting goes: it publishes, does its work, says so and stays until it is told to end.
class Publisher {
 public:
  explicit Publisher(const std::function<void()>& work) {
    std::array<int, 2> said{}, told{};
    if (::pipe(said.data()) != 0 || ::pipe(told.data()) != 0) return;
    pid_ = ::fork();
    char byte = 0;
    if (pid_ == 0) {
      ::close(told[1]);
      publish_system_calls();
      work();
      (void)!::write(said[1], &byte, 1);
      (void)!::read(told[0], &byte, 1);
      ::_exit(0);
    }
    ::close(told[0]);
    ::close(said[1]);
    end_ = Fd(told[1]);
    const Fd ready(said[0]);
    EXPECT_EQ(::read(ready.get(), &byte, 1), 1);
  }
  ~Publisher() { end(); }
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  void end() {
    end_.reset();
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  Fd end_;
};

TEST(SystemCalls, AreCountedByEveryThread) {
  const auto before = system_calls_made();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([] {
      for (int call = 0; call < 1000; ++call) count_system_call();
    });
  threads.clear();
  EXPECT_EQ(system_calls_made() - before, 4000U);
}

TEST(SystemCalls, AreNotLostWhenMoreThreadsCountThanThereAreRows) {
  const auto before = system_calls_made();
  for (int i = 0; i < 150; ++i) {
    std::vector<std::jthread> threads;
    for (int j = 0; j < 8; ++j)
      threads.emplace_back([] {
        for (int call = 0; call < 50; ++call) count_system_call();
      });
  }
  EXPECT_EQ(system_calls_made() - before, 150U * 8 * 50);
}

TEST(SystemCalls, AreReadFromOutsideWithThoseOfForkedProcesses) {
  Publisher program([] {
    count_system_calls(5);
    for (int worker = 0; worker < 3; ++worker) {
      const pid_t pid = ::fork();
      if (pid == 0) {
        count_system_calls(100);
        ::_exit(0);
      }
      ::waitpid(pid, nullptr, 0);
    }
    count_system_calls(2);
  });
  const std::array processes = {program.pid()};
  const auto published = PublishedCalls::find(processes);
  ASSERT_TRUE(published);
  EXPECT_EQ(published->made(), 307U);
  program.end();
  EXPECT_EQ(published->made(), 307U) << "what was counted stays known when the program has ended";
}

TEST(SystemCalls, OfWhomDoesNotPublishAreUnknown) {
  const std::array processes = {::getpid(), pid_t{1 << 30}};
  EXPECT_FALSE(PublishedCalls::find(processes));
}

}  // namespace
}  // namespace hotlap
