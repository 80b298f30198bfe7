#include <gtest/gtest.h>

#include <cerrno>

#include "loadgen/transport/choice.h"
#include "loadgen/transport/uring.h"

namespace hotlap::loadgen {
namespace {

TEST(TransportChoice, ClosedLoopsOfSmallBodiesTakeUring) {
  EXPECT_TRUE(uring_is_better_for({}));
  EXPECT_TRUE(uring_is_better_for({.expect = {.body_length = 83}}));
}

TEST(TransportChoice, OpenLoopsTakeEpoll) {
  EXPECT_FALSE(uring_is_better_for({.rate = load::RateProfile{.points = {Rate{1000}}}}));
  EXPECT_FALSE(uring_is_better_for({.replay = {Nanos(1), Nanos(2)}}));
}

TEST(TransportChoice, AnAuditTakesEpoll) {
  EXPECT_FALSE(uring_is_better_for({.audit = true}));
}

TEST(TransportChoice, ABodyThatIsExpectedToBeLargeTakesEpoll) {
  EXPECT_FALSE(uring_is_better_for({.expect = {.body_length = 1 << 20}}));
  EXPECT_FALSE(uring_is_better_for({.expect = {.body = std::string(64 * 1024, 'x')}}));
  const load::RequestTemplate small{.name = "small"};
  const load::RequestTemplate large{.name = "large", .expect = {.body_length = 1 << 20}};
  EXPECT_TRUE(uring_is_better_for({.requests = {small}}));
  EXPECT_FALSE(uring_is_better_for({.requests = {small, large}})) << "one of them is enough";
}

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
}  // namespace hotlap::loadgen
