// A kernel that refuses io_uring, as containers do: a seccomp filter on one thread of the test and what it starts.
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <thread>

#include "base/process.h"
#include "loadgen/run.h"
#include "tests/loadgen/scripted_server.h"
#include "tests/loadgen/transports.h"

namespace hotlap::loadgen {
namespace {

using namespace std::chrono_literals;

bool refuse_io_uring(std::uint32_t error) {
  std::array filter{sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
                    sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_io_uring_setup},
                    sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | error},
                    sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
  const sock_fprog program{.len = filter.size(), .filter = filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// Runs on a thread without io_uring. False: this machine lets nobody filter.
bool without_io_uring(std::uint32_t error, const std::function<void()>& run) {
  bool filtered = false;
  std::jthread([&] {
    filtered = refuse_io_uring(error);
    if (filtered) run();
  }).join();
  return filtered;
}

TEST(UringRefused, TheProbeNamesTheCause) {
  std::string permission, existence;
  const auto probe = [](std::string& into) {
    const auto can = probe_uring();
    into = can ? "it can" : can.error().message;
  };
  if (!without_io_uring(EPERM, [&] { probe(permission); })) GTEST_SKIP() << "no seccomp filters here";
  ASSERT_TRUE(without_io_uring(ENOSYS, [&] { probe(existence); }));
  EXPECT_NE(permission.find("io_uring"), std::string::npos) << permission;
  EXPECT_NE(existence.find("io_uring"), std::string::npos) << existence;
  EXPECT_NE(permission, existence);
}

TEST(UringRefused, AskedForByNameItIsAnErrorWithARemedy) {
  std::string said;
  int status = -1;
  const auto run = [&] {
    auto process = Process::start(
        {.arguments = {HOTLAP_BIN_DIR "/hotlap-load", "-d", "50ms", "--transport", "uring", "http://127.0.0.1:1/"}});
    ASSERT_TRUE(process);
    while (const auto line = process->read_line(30s)) said += *line + "\n";
    const auto exit = process->wait(30s);
    status = exit ? exit->status : -1;
  };
  if (!without_io_uring(EPERM, run)) GTEST_SKIP() << "no seccomp filters here";
  EXPECT_EQ(status, static_cast<int>(ExitCode::failure));
  EXPECT_NE(said.find("transport uring: io_uring is"), std::string::npos) << said;
  EXPECT_NE(said.find("choose auto or epoll"), std::string::npos) << said;
}

std::string chosen_for(const load::LoadSpec& spec) {
  const auto made = make_transport(spec, 1);
  return made ? std::string((*made)->name()) : made.error().message;
}

TEST(TransportChosen, IsUringForAClosedLoopWhereTheKernelHasIt) {
  if (const auto why = why_missing(load::TransportChoice::uring); !why.empty()) GTEST_SKIP() << why;
  EXPECT_EQ(chosen_for({}), "uring");
  EXPECT_EQ(chosen_for({.rate = load::RateProfile::parse("1k/s").value()}), "epoll");
  EXPECT_EQ(chosen_for({.replay = {0ms}}), "epoll");
  EXPECT_EQ(chosen_for({.audit = true}), "epoll");
}

TEST(TransportChosen, IsEpollWhereTheKernelRefusesUring) {
  std::string chosen;
  if (!without_io_uring(EPERM, [&] { chosen = chosen_for({}); })) GTEST_SKIP() << "no seccomp filters here";
  EXPECT_EQ(chosen, "epoll");
}

}  // namespace
}  // namespace hotlap::loadgen
