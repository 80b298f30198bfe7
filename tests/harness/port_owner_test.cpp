#include "harness/port_owner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kTable =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0 100 0 0 10 "
    "0\n"
    "   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 777 1 0 20 4 30 10 -1\n"
    "   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 99 1 0 100 0 0 10 0\n"
    "   3: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 "
    "00:00000000 "
    "00000000     0        0 12346 1 0 100 0 0 10 0\n";

TEST(ListeningInodes, AreThoseOfListenersOnThatPort) {
  EXPECT_THAT(listening_inodes(kTable, 8080), ElementsAre(12345, 12346));
  EXPECT_THAT(listening_inodes(kTable, 22), ElementsAre(99));
  EXPECT_THAT(listening_inodes(kTable, 50000), IsEmpty());
}

TEST(ListeningInodes, PassOverWhatIsNoTable) {
  EXPECT_THAT(listening_inodes("garbage\n: : :\n\n", 8080), IsEmpty());
}

}  // namespace
}  // namespace hotlap::harness
