#include <gtest/gtest.h>

#include <cerrno>

#include "base/uring_ring.h"

namespace hotlap {
namespace {

TEST(UringRefusal, EveryCauseHasItsOwnSentence) {
  EXPECT_NE(uring_refusal(EPERM, 2).find("kernel.io_uring_disabled = 2"), std::string::npos);
  EXPECT_NE(uring_refusal(EPERM, 1).find("kernel.io_uring_disabled = 1"), std::string::npos);
  EXPECT_NE(uring_refusal(EPERM, 0).find("seccomp"), std::string::npos);
  EXPECT_NE(uring_refusal(ENOSYS, -1).find("built without"), std::string::npos);
  EXPECT_NE(uring_refusal(EINVAL, 0).find("Linux 6.0"), std::string::npos);
  EXPECT_NE(uring_refusal(ENOMEM, 0).find("ulimit -l"), std::string::npos);
  EXPECT_NE(uring_refusal(EMFILE, 0).find("Too many open files"), std::string::npos);
}

TEST(UringRefusal, ASwitchForTheUnprivilegedExplainsNoOtherError) {
  EXPECT_EQ(uring_refusal(ENOMEM, 1), uring_refusal(ENOMEM, 0));
}

}  // namespace
}  // namespace hotlap
