#include "base/descriptor_table.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <latch>
#include <thread>

#include "base/fd.h"

namespace hotlap {
namespace {

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) != -1;
}

struct Seen {
  bool own = false;
  bool others_open = false;
  bool kept_open = false;
  int opened = -1;
};

// What a thread sees that keeps one of three descriptors and opens one.
Seen seen_by_a_thread(int before, int kept, int after) {
  Seen seen;
  std::thread([&] {
    seen.own = own_descriptor_table({kept});
    seen.others_open = is_open(before) || is_open(after);
    seen.kept_open = is_open(kept) && is_open(STDIN_FILENO) && is_open(STDERR_FILENO);
    seen.opened = ::fcntl(kept, F_DUPFD_CLOEXEC, 500);  // left open: it ends with the thread
    if (seen.own) ::close(kept);
  }).join();
  return seen;
}

TEST(DescriptorTableTest, AThreadKeepsWhatItAskedForAndTheOthersKeepAll) {
  const Fd before(::eventfd(0, EFD_CLOEXEC)), kept(::eventfd(0, EFD_CLOEXEC)), after(::eventfd(0, EFD_CLOEXEC));
  const auto seen = seen_by_a_thread(before.get(), kept.get(), after.get());
  if (!seen.own) {  // ThreadSanitizer, or a machine that does not allow it: all is shared
    EXPECT_TRUE(seen.others_open);
    EXPECT_TRUE(is_open(seen.opened));
    ::close(seen.opened);
  } else {
    EXPECT_FALSE(seen.others_open);
    EXPECT_FALSE(is_open(seen.opened));
  }
  EXPECT_TRUE(seen.kept_open);
  EXPECT_TRUE(is_open(before.get()) && is_open(kept.get()) && is_open(after.get()));
}

// A copy that is left open in a thread's table would keep a connection from ending.
TEST(DescriptorTableTest, WhatAThreadDidNotKeepEndsWithTheOthers) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd reader(ends[0]);
  Fd writer(ends[1]);
  std::latch table_taken(1), writer_closed(1);
  ssize_t count = -1;
  std::thread thread([&] {
    (void)own_descriptor_table({reader.get()});
    table_taken.count_down();
    writer_closed.wait();
    char byte = 0;
    count = ::read(reader.get(), &byte, 1);
  });
  table_taken.wait();
  writer.reset();
  writer_closed.count_down();
  thread.join();
  EXPECT_EQ(count, 0);
}

}  // namespace
}  // namespace hotlap
