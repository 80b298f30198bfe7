// The seam between worker and world, as both transports keep it against real sockets of this machine.
#include "loadgen/transport/transport.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/loadgen/transports.h"

namespace hotlap::loadgen {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kPatience = 10s;

// Remembers what it was told; `then` runs after each event of its slot.
struct Told final : Transport::Events {
  struct Slot {
    int connects = 0;
    int connect_error = -1;
    std::string received;
    int sents = 0;
    int ends = 0;
    int end_error = -1;
    bool end_while_writing = false;
  };

  void on_connected(std::uint32_t slot, int error, Instant now) override {
    ++slots[slot].connects;
    slots[slot].connect_error = error;
    after(slot, now);
  }
  void on_received(std::uint32_t slot, std::string_view bytes, Instant now) override {
    slots[slot].received.append(bytes);
    after(slot, now);
  }
  void on_skipped(std::uint32_t slot, std::uint64_t bytes, Instant now) override {
    slots[slot].received.append(bytes, '-');
    after(slot, now);
  }
  void on_sent(std::uint32_t slot, Instant now) override {
    ++slots[slot].sents;
    after(slot, now);
  }
  void on_ended(std::uint32_t slot, int error, bool writing, Instant now) override {
    ++slots[slot].ends;
    slots[slot].end_error = error;
    slots[slot].end_while_writing = writing;
    after(slot, now);
  }
  void after(std::uint32_t slot, Instant now) {
    EXPECT_LE(now, monotonic_now());
    EXPECT_GE(now, last) << "stamps never go back";
    last = now;
    if (then) then(slot);
  }

  std::map<std::uint32_t, Slot> slots;
  std::function<void(std::uint32_t)> then;
  Instant last{};
};

class TransportSeam : public testing::TestWithParam<load::TransportChoice> {
 protected:
  void SetUp() override {
    if (const auto why = why_missing(GetParam()); !why.empty()) GTEST_SKIP() << why;
    listener_ = std::move(*listen_tcp(*resolve("127.0.0.1", 0), {.nonblocking = false}));
    address_ = *local_address(listener_);
    make(1);
  }

  void make(std::uint32_t slots) {
    auto made = make_transport({.transport = GetParam()}, slots);
    ASSERT_TRUE(made) << made.error().message;
    transport_ = std::move(*made);
    EXPECT_EQ(transport_->name(), name_of(GetParam()));
  }

  // Waits turn by turn until it holds. False: it did not within the test's patience.
  bool until(const std::function<bool()>& holds) {
    for (const Instant end = monotonic_now() + kPatience; !holds();) {
      if (monotonic_now() >= end) return false;
      transport_->wait(monotonic_now() + 5ms, told_);
    }
    return true;
  }

  // The other side of a new connection of `slot`, blocking.
  Fd connected(std::uint32_t slot) {
    const int before = told_.slots[slot].connects;
    transport_->connect(slot, address_, nullptr);
    EXPECT_TRUE(until([&] { return told_.slots[slot].connects > before; }));
    EXPECT_EQ(told_.slots[slot].connect_error, 0);
    return Fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }

  // What has come on the other side so far.
  static std::string come(const Fd& peer, std::size_t most) {
    std::string bytes(most, '\0');
    const auto count = ::recv(peer.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
  }

  // Everything up to the end of the stream or a reset; the transport's turns go on meanwhile.
  std::string all_that_comes(const Fd& peer) {
    std::string all;
    EXPECT_TRUE(until([&] {
      char bytes[4096];
      const auto count = ::recv(peer.get(), bytes, sizeof bytes, MSG_DONTWAIT);
      if (count > 0) all.append(bytes, static_cast<std::size_t>(count));
      return count == 0 || (count < 0 && errno != EAGAIN);
    }));
    return all;
  }

  Fd listener_;
  Address address_;
  std::unique_ptr<Transport> transport_;
  Told told_;
};

// Every position has its own byte, so that a swap or a gap shows.
std::string pattern(std::size_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>('!' + (i * 7 + i / 251) % 90);
  return text;
}

TEST_P(TransportSeam, ARefusedConnectIsAnsweredOnceWithItsErrno) {
  listener_.reset();
  told_.then = [&](std::uint32_t slot) { transport_->close(slot); };
  transport_->connect(0, address_, nullptr);
  ASSERT_TRUE(until([&] { return told_.slots[0].connects > 0; }));
  transport_->wait(monotonic_now() + 20ms, told_);
  EXPECT_EQ(told_.slots[0].connects, 1);
  EXPECT_EQ(told_.slots[0].connect_error, ECONNREFUSED);
}

TEST_P(TransportSeam, AConnectThatCannotBeginIsAnsweredToo) {
  const auto nowhere = Address::unix_path("/no/such/directory/socket");
  transport_->connect(0, *nowhere, nullptr);
  EXPECT_TRUE(told_.slots.empty()) << "nothing is told outside wait()";
  ASSERT_TRUE(until([&] { return told_.slots[0].connects > 0; }));
  EXPECT_EQ(told_.slots[0].connect_error, ENOENT);
}

TEST_P(TransportSeam, AConnectionThatIsClosedBeforeItsAnswerGetsNone) {
  transport_->connect(0, address_, nullptr);
  transport_->close(0);
  transport_->wait(monotonic_now() + 20ms, told_);
  EXPECT_EQ(told_.slots[0].connects, 0);
}

TEST_P(TransportSeam, OneLargeWriteReachesASlowReaderWhole) {
  const auto peer = connected(0);
  const auto sent = pattern(8 << 20);
  ASSERT_EQ(transport_->send(0, sent), Transport::Sent::pending) << "more than any socket buffer";
  std::string arrived;
  ASSERT_TRUE(until([&] {
    if (arrived.size() < 65536) {
      EXPECT_EQ(told_.slots[0].sents, 0) << "not taken while the reader has hardly begun";
    }
    arrived += come(peer, arrived.size() < 65536 ? 1000 : 1 << 20);
    return arrived.size() == sent.size() && told_.slots[0].sents > 0;
  }));
  EXPECT_TRUE(arrived == sent);
  EXPECT_EQ(told_.slots[0].sents, 1);
}

TEST_P(TransportSeam, SmallWritesFillTheSocketAndLoseNothing) {
  const auto peer = connected(0);
  const auto piece = pattern(9973);
  std::string sent;
  auto last = Transport::Sent::all;
  while (last == Transport::Sent::all && sent.size() < std::size_t{64} << 20) {
    last = transport_->send(0, piece);
    sent += piece;
    transport_->wait({}, told_);
  }
  ASSERT_EQ(last, Transport::Sent::pending) << "a reader that does not read stops the writer at last";
  EXPECT_EQ(told_.slots[0].sents, 0);
  std::string arrived;
  ASSERT_TRUE(until([&] {
    arrived += come(peer, 100'000);
    return arrived.size() == sent.size() && told_.slots[0].sents > 0;
  }));
  EXPECT_TRUE(arrived == sent);
  EXPECT_EQ(told_.slots[0].sents, 1);
  EXPECT_EQ(transport_->send(0, piece), Transport::Sent::all) << "there is room again";
  ASSERT_TRUE(until([&] { return (arrived += come(peer, 100'000)).size() == sent.size() + piece.size(); }));
  EXPECT_TRUE(arrived == sent + piece);
}

TEST_P(TransportSeam, WritesOfOneTurnArriveInOrder) {
  const auto peer = connected(0);
  const auto large = pattern(40'000);
  EXPECT_EQ(transport_->send(0, "one "), Transport::Sent::all);
  EXPECT_EQ(transport_->send(0, "two "), Transport::Sent::all);
  EXPECT_EQ(transport_->send(0, large), Transport::Sent::all) << "the socket has room for it";
  std::string arrived;
  ASSERT_TRUE(until([&] { return (arrived += come(peer, 65536)).size() == 8 + large.size(); }));
  EXPECT_TRUE(arrived == "one two " + large);
}

TEST_P(TransportSeam, WhatWasSentIsTheTransportsOwn) {
  const auto peer = connected(0);
  std::string bytes = "before";
  ASSERT_EQ(transport_->send(0, bytes), Transport::Sent::all);
  bytes = "AFTER.";
  std::string arrived;
  ASSERT_TRUE(until([&] { return (arrived += come(peer, 100)).size() == 6; }));
  EXPECT_EQ(arrived, "before");
}

// As the load allows it: when a first part of a body has come. Of what follows, some is seen and the rest is skipped.
class SkippingSeam : public TransportSeam {
 protected:
  static constexpr std::size_t kFirst = 1000;

  std::string& received() { return told_.slots[0].received; }
  [[nodiscard]] std::size_t skipped() { return static_cast<std::size_t>(std::ranges::count(received(), '-')); }

  void take_first_and_allow(const Fd& peer, std::uint64_t to_skip) {
    received().clear();
    ASSERT_TRUE(write_all(peer, std::string(kFirst, 'x')));
    ASSERT_TRUE(until([&] { return received().size() == kFirst; }));
    transport_->skip(0, to_skip);
  }
};
INSTANTIATE_TEST_SUITE_P(Over, SkippingSeam, every_transport(),
                         [](const auto& chosen) { return name_of(chosen.param); });

TEST_P(SkippingSeam, NoMoreIsSkippedThanWasAllowed) {
  const auto peer = connected(0);
  constexpr std::size_t kRest = 700'000;
  for (int times = 0; times < 3; ++times) {
    take_first_and_allow(peer, kRest);
    const std::jthread writer([&] { EXPECT_TRUE(write_all(peer, std::string(kRest, 'x') + "next")); });
    ASSERT_TRUE(until([&] { return received().size() == kFirst + kRest + 4; }));
    EXPECT_GE(skipped(), kRest / 2) << "the kernel drops most of it";
    EXPECT_EQ(received().find_first_not_of("x-"), kFirst + kRest);
    EXPECT_TRUE(received().ends_with("next"));
  }
}

TEST_P(SkippingSeam, TheEndOfTheStreamIsToldAmidIt) {
  auto peer = connected(0);
  take_first_and_allow(peer, 8 << 20);
  const std::jthread writer([&] {
    EXPECT_TRUE(write_all(peer, std::string(1 << 20, 'x')));
    peer.reset();
  });
  ASSERT_TRUE(until([&] { return told_.slots[0].ends > 0; }));
  EXPECT_EQ(received().size(), kFirst + (1 << 20));
  EXPECT_GT(skipped(), 0U);
  EXPECT_EQ(told_.slots[0].end_error, 0);
}

TEST_P(SkippingSeam, AResetIsToldAmidIt) {
  auto peer = connected(0);
  take_first_and_allow(peer, 8 << 20);
  const std::jthread writer([&] { EXPECT_TRUE(write_all(peer, std::string(1 << 20, 'x'))); });
  ASSERT_TRUE(until([&] { return skipped() > 0; }));
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ASSERT_EQ(::setsockopt(peer.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
  ASSERT_TRUE(until([&] { return received().size() > kFirst + (3 << 18); })) << "the writer comes to its end";
  peer.reset();
  ASSERT_TRUE(until([&] { return told_.slots[0].ends > 0; }));
  EXPECT_EQ(told_.slots[0].end_error, ECONNRESET);
}

TEST_P(SkippingSeam, AConnectionThatComesBackIsANewOne) {
  const auto first = connected(0);
  take_first_and_allow(first, 8 << 20);
  const std::jthread writer([&] { EXPECT_TRUE(write_all(first, std::string(1 << 20, 'x'))); });
  ASSERT_TRUE(until([&] { return received().size() > kFirst + (3 << 18); }));
  transport_->wait(monotonic_now() + 5ms, told_);
  transport_->close(0);
  received().clear();
  const auto second = connected(0);
  ASSERT_TRUE(write_all(second, "fresh"));
  ASSERT_TRUE(until([&] { return received().size() >= 5; }));
  EXPECT_EQ(received(), "fresh");
}

TEST_P(TransportSeam, TheEndOfTheStreamIsToldAfterItsBytes) {
  auto peer = connected(0);
  ASSERT_TRUE(write_all(peer, "last words"));
  peer.reset();
  ASSERT_TRUE(until([&] { return told_.slots[0].ends > 0; }));
  EXPECT_EQ(told_.slots[0].received, "last words");
  EXPECT_EQ(told_.slots[0].end_error, 0);
  EXPECT_FALSE(told_.slots[0].end_while_writing);
}

TEST_P(TransportSeam, AResetOfThePeerIsToldAsSuch) {
  auto peer = connected(0);
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ASSERT_EQ(::setsockopt(peer.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
  peer.reset();
  ASSERT_TRUE(until([&] { return told_.slots[0].ends > 0; }));
  EXPECT_EQ(told_.slots[0].end_error, ECONNRESET);
}

TEST_P(TransportSeam, AResetEndsAWriteThatWaitsForRoom) {
  auto peer = connected(0);
  const auto much = pattern(8 << 20);
  ASSERT_EQ(transport_->send(0, much), Transport::Sent::pending);
  transport_->wait(monotonic_now() + 5ms, told_);
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ASSERT_EQ(::setsockopt(peer.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
  peer.reset();
  told_.then = [&](std::uint32_t slot) { transport_->close(slot); };
  ASSERT_TRUE(until([&] { return told_.slots[0].ends > 0; }));
  EXPECT_TRUE(told_.slots[0].end_error == ECONNRESET || told_.slots[0].end_error == EPIPE);
  transport_->wait(monotonic_now() + 20ms, told_);
  EXPECT_EQ(told_.slots[0].ends, 1) << "closed: no event afterwards";
  EXPECT_EQ(told_.slots[0].sents, 0);
}

TEST_P(TransportSeam, ASlotThatIsOpenedAgainInsideAHandlerHearsNothingOfItsOldLife) {
  auto old_peer = connected(0);
  told_.then = [&](std::uint32_t slot) {
    if (told_.slots[slot].received.empty() || told_.slots[slot].connects > 1) return;
    transport_->close(slot);
    transport_->close(slot);  // of a closed slot: nothing happens
    transport_->connect(slot, address_, nullptr);
  };
  ASSERT_TRUE(write_all(old_peer, pattern(1 << 17)));  // many buffers full, of which only the first is heard
  ASSERT_TRUE(until([&] { return told_.slots[0].connects == 2; }));
  const auto heard = told_.slots[0].received.size();
  EXPECT_LT(heard, std::size_t{1} << 17);
  const Fd peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  (void)all_that_comes(old_peer);  // the old connection ends for its peer as well
  old_peer.reset();
  EXPECT_EQ(told_.slots[0].ends, 0);
  EXPECT_EQ(told_.slots[0].received.size(), heard);
  ASSERT_TRUE(write_all(peer, "new"));
  ASSERT_TRUE(until([&] { return told_.slots[0].received.size() > heard; }));
  EXPECT_EQ(told_.slots[0].received.substr(heard), "new");
}

TEST_P(TransportSeam, WhatAClosedConnectionHadNotYetSentReachesNoOther) {
  auto old_peer = connected(0);
  {
    const std::string bytes(std::size_t{1} << 20, 'o');  // gone before the kernel could have taken it all
    (void)transport_->send(0, bytes);
    transport_->wait({}, told_);
    transport_->close(0);
  }
  const auto peer = connected(0);
  (void)transport_->send(0, "discarded?");
  transport_->close(0);
  const auto third = connected(0);
  ASSERT_EQ(transport_->send(0, "third"), Transport::Sent::all);
  std::string arrived;
  ASSERT_TRUE(until([&] { return (arrived += come(third, 100)).size() >= 5; }));
  EXPECT_EQ(arrived, "third");
  const auto second = all_that_comes(peer);
  EXPECT_TRUE(second.empty() || second == "discarded?") << second;
  EXPECT_EQ(all_that_comes(old_peer).find_first_not_of('o'), std::string::npos) << "only what was sent on it";
  EXPECT_EQ(told_.slots[0].ends, 0);
}

TEST_P(TransportSeam, WaitKeepsItsTimeToFractionsOfAMillisecond) {
  for (const Nanos time : {200'000ns, 1'500'000ns}) {
    Nanos shortest = kPatience;
    for (int attempt = 0; attempt < 200 && shortest > time + 300us; ++attempt) {
      const Instant start = monotonic_now();
      transport_->wait(start + time, told_);
      const Nanos waited = monotonic_now() - start;
      EXPECT_GE(waited, time) << "nothing happened, so not before its time";
      shortest = std::min(shortest, waited);
    }
    EXPECT_LE(shortest, time + 300us) << "the best of many is not rounded to milliseconds";
  }
}

TEST_P(TransportSeam, WaitKeepsItsTimeWhateverWasForeseen) {
  struct {
    Nanos foreseen, second;
  } const plans[] = {{4ms, 4ms}, {4ms, 2ms}, {2ms, 6ms}, {500us, 6ms}};
  for (const auto& plan : plans) {
    Nanos shortest = kPatience;
    for (int attempt = 0; attempt < 50 && shortest > plan.second + 1ms; ++attempt) {
      const Instant start = monotonic_now();
      transport_->foresee(start + plan.foreseen);
      transport_->wait(start + 1ms, told_);
      EXPECT_GE(monotonic_now() - start, 1ms);
      transport_->wait(start + plan.second, told_);
      const Nanos waited = monotonic_now() - start;
      EXPECT_GE(waited, plan.second) << "nothing happened, so not before its time";
      shortest = std::min(shortest, waited);
    }
    EXPECT_LE(shortest, plan.second + 1ms) << "nor for what is not to come";
  }
}

TEST_P(TransportSeam, WaitEndsAtItsTimeAlsoWhenItHandsSomethingOver) {
  const auto peer = connected(0);
  Nanos shortest = kPatience;
  for (int attempt = 0; attempt < 5; ++attempt) {
    const Instant start = monotonic_now();
    (void)transport_->send(0, "x");
    while (monotonic_now() < start + 20ms) transport_->wait(start + 20ms, told_);
    shortest = std::min(shortest, monotonic_now() - start);
  }
  EXPECT_LT(shortest, 30ms) << "not waited for twice";
}

TEST_P(TransportSeam, ATimeThatIsOverDeliversWhatIsThereAndReturns) {
  const auto peer = connected(0);
  ASSERT_TRUE(write_all(peer, "x"));
  const Instant start = monotonic_now();
  while (told_.slots[0].received.empty() && monotonic_now() < start + kPatience) transport_->wait({}, told_);
  EXPECT_EQ(told_.slots[0].received, "x");
}

TEST_P(TransportSeam, ThreeHundredConnectionsGetTheirOwnAnswers) {
  constexpr std::uint32_t kConnections = 300;
  make(kConnections);
  for (std::uint32_t slot = 0; slot < kConnections; ++slot) transport_->connect(slot, address_, nullptr);
  ASSERT_TRUE(until([&] {
    return told_.slots.size() == kConnections &&
           std::ranges::all_of(told_.slots, [](const auto& entry) { return entry.second.connects == 1; });
  }));
  std::vector<Fd> peers;
  for (std::uint32_t slot = 0; slot < kConnections; ++slot) {
    ASSERT_EQ(told_.slots[slot].connect_error, 0);
    peers.emplace_back(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    (void)transport_->send(slot, std::to_string(slot) + ".");
  }
  transport_->wait(monotonic_now() + 5ms, told_);
  std::set<std::string> questions;
  for (const auto& peer : peers) {
    std::string question;
    ASSERT_TRUE(until([&] { return (question += come(peer, 10)).ends_with('.'); }));
    questions.insert(question);
    ASSERT_TRUE(write_all(peer, "answer to " + question));
  }
  EXPECT_EQ(questions.size(), kConnections);
  ASSERT_TRUE(until([&] {
    return std::ranges::all_of(told_.slots, [](const auto& entry) { return entry.second.received.ends_with('.'); });
  }));
  for (const auto& [slot, told] : told_.slots) EXPECT_EQ(told.received, "answer to " + std::to_string(slot) + ".");
}

// More bytes at once than the transport has buffers for.
TEST_P(TransportSeam, MegabytesOnManyConnectionsArriveWhole) {
  constexpr std::uint32_t kConnections = 12;
  make(kConnections);
  const auto body = pattern(1 << 20);
  std::vector<Fd> peers;
  std::vector<std::string_view> left(kConnections, body);
  for (std::uint32_t slot = 0; slot < kConnections; ++slot) peers.push_back(connected(slot));
  ASSERT_TRUE(until([&] {
    for (std::uint32_t slot = 0; slot < kConnections; ++slot) {
      const auto written = ::send(peers[slot].get(), left[slot].data(), left[slot].size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (written > 0) left[slot].remove_prefix(static_cast<std::size_t>(written));
    }
    return std::ranges::all_of(told_.slots, [&](const auto& of) { return of.second.received.size() >= body.size(); });
  }));
  for (const auto& [slot, told] : told_.slots) EXPECT_TRUE(told.received == body) << slot;
}

TEST_P(TransportSeam, ATransportMayGoWhileEverythingIsUnderWay) {
  const auto peer = connected(0);
  {
    const auto much = pattern(8 << 20);
    (void)transport_->send(0, much);
    transport_->wait(monotonic_now() + 1ms, told_);
    transport_.reset();
  }
  std::size_t arrived = 0;
  char bytes[65536];
  for (auto count = ::recv(peer.get(), bytes, sizeof bytes, 0); count > 0;
       count = ::recv(peer.get(), bytes, sizeof bytes, 0))
    arrived += static_cast<std::size_t>(count);
  EXPECT_LT(arrived, std::size_t{8} << 20) << "and the peer sees the end of it";
}

INSTANTIATE_TEST_SUITE_P(Over, TransportSeam, every_transport(),
                         [](const auto& chosen) { return name_of(chosen.param); });

}  // namespace
}  // namespace hotlap::loadgen
