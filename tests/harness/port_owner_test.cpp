#include "harness/port_owner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/socket.h"

namespace hotlap::harness {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kTable =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0 100 0 0 10 "
    "0\n"
    "   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 777 1 0 20 4 30 10 -1\n"
    "   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 99 1 0 100 0 0 10 0\n"
    "   3: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 "
    "00:00000000 "
    "00000000     0        0 12346 1 0 100 0 0 10 0\n";

TEST(Listeners, AreThoseLinesOfTheTableThatListen) {
  const auto found = listeners_in(kTable);
  ASSERT_THAT(found, SizeIs(3));
  EXPECT_EQ(
      found[0],
      (Listener{.address = "127.0.0.1:8080", .port = 8080, .loopback = true, .answers_us = true, .inode = 12345}));
  EXPECT_EQ(found[1],
            (Listener{.address = "0.0.0.0:22", .port = 22, .loopback = false, .answers_us = true, .inode = 99}));
  EXPECT_EQ(found[2],
            (Listener{.address = "[::]:8080", .port = 8080, .loopback = false, .answers_us = true, .inode = 12346}));
}

Listener only_of(const std::string& address) {
  const auto found = listeners_in("0: " + address + ":0050 0:0 0A 0:0 0:0 0 0 0 7 1\n");
  return found.size() == 1 ? found[0] : Listener{};
}

TEST(Listeners, OfEachKindOfAddressAreKnownForWhatTheyAre) {
  const auto other_loopback = only_of("0200007F");
  EXPECT_EQ(other_loopback.address, "127.0.0.2:80");
  EXPECT_TRUE(other_loopback.loopback);
  EXPECT_FALSE(other_loopback.answers_us);
  const auto network = only_of("0100A8C0");
  EXPECT_EQ(network.address, "192.168.0.1:80");
  EXPECT_FALSE(network.loopback);
  EXPECT_FALSE(network.answers_us);
  const auto loopback_v6 = only_of("00000000000000000000000001000000");
  EXPECT_EQ(loopback_v6.address, "[::1]:80");
  EXPECT_TRUE(loopback_v6.loopback);
  EXPECT_FALSE(loopback_v6.answers_us);
  const auto mapped = only_of("0000000000000000FFFF00000100007F");
  EXPECT_TRUE(mapped.loopback);
  EXPECT_TRUE(mapped.answers_us);
}

TEST(Listeners, PassOverWhatIsNoTable) {
  EXPECT_THAT(listeners_in("garbage\n: : :\n\n"), IsEmpty());
  EXPECT_THAT(listeners_in("0: 0100:0050 0:0 0A 0:0 0:0 0 0 0 7 1\n0: XX00007F:0050 0:0 0A 0:0 0:0 0 0 0 7 1\n"),
              IsEmpty());
}

TEST(UnixListeners, AreThoseOfThatPathThatAccept) {
  constexpr const char* kUnix =
      "Num       RefCount Protocol Flags    Type St Inode Path\n"
      "0000000000000000: 00000002 00000000 00010000 0001 01 11 /run/app.sock\n"
      "0000000000000000: 00000003 00000000 00000000 0001 03 12 /run/app.sock\n"
      "0000000000000000: 00000003 00000000 00000000 0001 03 13\n"
      "0000000000000000: 00000002 00000000 00010000 0001 01 14 /run/a b.sock\n";
  EXPECT_THAT(unix_listeners_in(kUnix, "/run/app.sock"), ElementsAre(11));
  EXPECT_THAT(unix_listeners_in(kUnix, "/run/a b.sock"), ElementsAre(14));
  EXPECT_THAT(unix_listeners_in(kUnix, "/run/none.sock"), IsEmpty());
}

class OwnListener : public testing::Test {
 protected:
  void listen(const char* host) {
    listener_ = listen_tcp(resolve(host, 0).value(), {}).value();
    port_ = local_address(listener_)->port();
  }
  Fd listener_;
  std::uint16_t port_ = 0;
};

TEST_F(OwnListener, IsSeenAsOurs) {
  listen("127.0.0.1");
  EXPECT_TRUE(require_port_owner(port_, {::getpid()}));
  EXPECT_THAT(owners_of_port(port_), testing::Contains(::getpid()));
  const auto elsewhere = require_port_owner(port_, {1});
  ASSERT_FALSE(elsewhere);
  EXPECT_THAT(elsewhere.error().message, HasSubstr("belongs to process " + std::to_string(::getpid())));
}

TEST_F(OwnListener, OnLoopbackIsOpenToNobodyElse) {
  listen("127.0.0.1");
  EXPECT_THAT(open_to_other_hosts({::getpid()}), IsEmpty());
}

TEST(RequirePortOwner, NeedsSomebodyWhoListens) {
  const auto port = free_port().value();
  const auto owner = require_port_owner(port, {::getpid()});
  ASSERT_FALSE(owner);
  EXPECT_THAT(owner.error().message, HasSubstr("nothing listens on port"));
}

}  // namespace
}  // namespace hotlap::harness
