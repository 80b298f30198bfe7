// What a worker does with overdue requests, on a virtual clock: a server that answers after 100 us but is silent for
// 200 ms is at the other end of the transport.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "loadgen/worker.h"

namespace hotlap::loadgen {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr Instant kBegin{1'000'000'000};
constexpr Nanos kSilentFrom = 100ms;
constexpr Nanos kSilentTo = 300ms;

class StallingServer final : public Transport {
 public:
  explicit StallingServer(bool stalls) : stalls_(stalls) {}

  std::string_view name() const noexcept override { return "virtual"; }
  Instant now() const noexcept override { return now_; }
  void connect(std::uint32_t slot, const Address&, const Address*) override { connecting_.push_back(slot); }
  void close(std::uint32_t) noexcept override {}
  Sent send(std::uint32_t slot, std::string_view) override {
    sent.push_back(now_ - kBegin);
    const Instant silent_from = kBegin + kSilentFrom;
    const Instant silent_to = kBegin + kSilentTo;
    Instant at = now_ + 100us;
    if (stalls_ && at >= silent_from && at < silent_to) at = silent_to;
    answers_.push_back({at, slot});
    return Sent::all;
  }
  void foresee(Instant until) noexcept override { foreseen_ = until; }
  void wait(Instant until, Events& events) override {
    if (waits.empty() || waits.back().until != until) waits.push_back({until, foreseen_});
    if (!connecting_.empty()) {
      for (; !connecting_.empty(); connecting_.pop_front()) events.on_connected(connecting_.front(), 0, now_);
      return;
    }
    const bool answered = !answers_.empty() && answers_.front().at <= until;
    now_ = std::max(now_, answered ? answers_.front().at : until);
    if (!answered) return;
    const auto slot = answers_.front().slot;
    answers_.pop_front();
    events.on_received(slot, kAnswer, now_);
  }

  struct Wait {
    Instant until;
    Instant foreseen;  // for the one after it
  };
  std::vector<Nanos> sent;  // from the window's start
  std::vector<Wait> waits;  // those with the same end are one

 private:
  struct Answer {
    Instant at;
    std::uint32_t slot;
  };
  bool stalls_;
  Instant foreseen_{};
  Instant now_ = kBegin;
  std::deque<std::uint32_t> connecting_;
  std::deque<Answer> answers_;  // in the order of time
};

struct Outcome {
  std::vector<Nanos> sent;
  std::vector<StallingServer::Wait> waits;
  load::Measurement measurement;
};

load::LoadSpec with_catch_up(const char* catch_up) {
  load::LoadSpec spec;
  spec.url = load::Url::parse("http://127.0.0.1/").value();
  spec.connections = 4;
  spec.duration = 1s;
  spec.rate = load::RateProfile::parse("1k/s").value();
  spec.catch_up = load::CatchUp::parse(catch_up).value();
  return spec;
}

Outcome run(const load::LoadSpec& spec, bool stalls = true) {
  StallingServer server(stalls);
  const auto source = make_request_source(spec, 0, 1).value();
  RunControl control(1);
  const auto address = resolve("127.0.0.1", 80).value();
  const std::vector<Address> sources;
  Worker worker(spec, {.index = 0, .workers = 1, .connections = spec.connections}, address, sources, server, *source,
                control);
  control.window_start_ns = kBegin.ns;
  control.window_end_ns = (kBegin + spec.duration).ns;
  worker.connect_all();
  worker.load();
  Outcome outcome{.sent = server.sent, .waits = server.waits, .measurement = {}};
  worker.tally().write(outcome.measurement, {"GET /"});
  return outcome;
}

std::int64_t sent_between(const Outcome& outcome, Nanos from, Nanos to) {
  return std::ranges::count_if(outcome.sent, [&](Nanos at) { return at >= from && at < to; });
}

TEST(CatchUp, ABurstSendsTheBacklogAsFastAsThereIsRoom) {
  const auto outcome = run(with_catch_up("burst"));
  EXPECT_EQ(outcome.sent.size(), 1000U);
  EXPECT_EQ(sent_between(outcome, kSilentFrom, kSilentTo), 4);
  // Four connections of 100 us each: 40 a millisecond, for a backlog of 196.
  EXPECT_GE(sent_between(outcome, kSilentTo, kSilentTo + 6ms), 200);
  // Those of the backlog, and those that came due behind it.
  EXPECT_NEAR(static_cast<double>(outcome.measurement.held_up.count()), 196 + 5, 2);
  EXPECT_LE(outcome.measurement.send_lag.without(outcome.measurement.held_up).max(), 1ns);
}

TEST(CatchUp, ACapKeepsToItsFactorUntilTheScheduleIsReached) {
  const auto outcome = run(with_catch_up("cap:2"));
  EXPECT_EQ(outcome.sent.size(), 1000U);
  EXPECT_EQ(outcome.measurement.never_sent, 0U);
  for (Nanos from = kSilentTo; from < 480ms; from += 10ms)  // 196 behind, and a new one each millisecond
    EXPECT_NEAR(static_cast<double>(sent_between(outcome, from, from + 10ms)), 20, 1) << from.count();
  EXPECT_NEAR(static_cast<double>(sent_between(outcome, kSilentTo, 500ms)), 396, 3);
  EXPECT_EQ(sent_between(outcome, 510ms, 610ms), 100);
}

TEST(CatchUp, DroppedRequestsAreNeverSentAndAreCounted) {
  const auto outcome = run(with_catch_up("drop:10ms"));
  const auto& measurement = outcome.measurement;
  EXPECT_NEAR(static_cast<double>(measurement.dropped), 196 - 11, 2);
  EXPECT_EQ(outcome.sent.size() + measurement.dropped, 1000U);
  EXPECT_EQ(measurement.scheduled, 1000U);
  EXPECT_LE(measurement.send_lag.max(), 11ms);
}

// Arrivals that lie close together are no backlog.
TEST(CatchUp, ACapHoldsNothingBackThatIsOnTime) {
  auto spec = with_catch_up("cap:1.1");
  spec.connections = 64;
  for (const char* rate : {"1k/s", "1k/s,100/s,5k/s", "100/s..9k/s"}) {
    spec.rate = load::RateProfile::parse(rate).value();
    spec.gaps = load::Gaps::poisson;
    const auto outcome = run(spec, false);
    EXPECT_GT(outcome.sent.size(), 500U);
    EXPECT_LE(outcome.measurement.send_lag.max(), 1ns) << rate;  // the histogram knows no zero
  }
}

TEST(CatchUp, AStallIsPlayedBackInTheScheduleOwnPattern) {
  auto spec = with_catch_up("cap:4");
  spec.rate = load::RateProfile::parse("100/s,4k/s").value();
  spec.duration = 400ms;  // the step comes in the middle of the silence
  spec.connections = 1;
  const auto outcome = run(spec);
  // 100 ms at 100/s take a quarter of their time, 25 ms; then 4k/s come at 16 a millisecond, as far as there is room.
  EXPECT_NEAR(static_cast<double>(sent_between(outcome, kSilentTo, kSilentTo + 22ms)), 9, 1);
  EXPECT_GT(sent_between(outcome, kSilentTo + 26ms, kSilentTo + 36ms), 80);
}

TEST(Schedules, TheEndOfEachWaitIsForeseen) {
  auto spec = with_catch_up("burst");
  for (const auto gaps : {load::Gaps::constant, load::Gaps::poisson}) {
    spec.gaps = gaps;
    const auto waits = run(spec, false).waits;
    std::size_t right = 0;
    for (std::size_t i = 1; i < waits.size(); ++i)
      if (waits[i - 1].foreseen == waits[i].until) ++right;
    EXPECT_GT(waits.size(), 1000U);
    EXPECT_GT(right, waits.size() * 9 / 10) << "of " << waits.size();
  }
}

}  // namespace
}  // namespace hotlap::loadgen
