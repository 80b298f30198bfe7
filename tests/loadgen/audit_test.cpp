// The worker's side of the audit, against a transport whose kernel stamps as the test says.
#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "loadgen/worker.h"

namespace hotlap::loadgen {
namespace {

using namespace std::chrono_literals;

const std::string kResponse = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

// Virtual time. Every request is sent by the kernel 1 µs after the hand-over, answered 10 µs after that, and told 3 µs
// after it came. Of one connection.
class StampingTransport final : public Transport, private KernelStamps {
 public:
  enum class Mood { honest, every_second_without, backwards };
  explicit StampingTransport(Mood mood) : mood_(mood) {}

  std::string_view name() const noexcept override { return "stamping"; }
  Instant now() const noexcept override { return now_; }
  void connect(std::uint32_t /*slot*/, const Address& /*to*/, const Address* /*from*/) override { connecting_ = true; }
  Sent send(std::uint32_t /*slot*/, std::string_view /*bytes*/) override {
    in_flight_ += requests_of_next_;
    sent_ = now_ + 1us;
    return Sent::all;
  }
  void close(std::uint32_t /*slot*/) noexcept override { in_flight_ = 0; }
  void wait(Instant until, Events& events) override {
    if (std::exchange(connecting_, false)) return events.on_connected(0, 0, now_);
    if (in_flight_ == 0) {
      now_ = std::max(now_, until);
      return;
    }
    times_ = {.sent = sent_, .received = sent_ + 10us};
    if (mood_ == Mood::backwards) std::swap(times_.sent, times_.received);
    now_ = sent_ + 13us;
    std::string responses;
    for (; in_flight_ > 0; --in_flight_) responses += kResponse;
    events.on_received(0, responses, now_);
  }
  KernelStamps* kernel_stamps() noexcept override { return this; }

 private:
  void next_send_holds(std::uint32_t /*slot*/, std::uint32_t requests) noexcept override {
    requests_of_next_ = requests;
  }
  std::optional<Times> answered(std::uint32_t /*slot*/, std::uint32_t /*requests*/) noexcept override {
    if (mood_ == Mood::every_second_without && ++answers_ % 2 == 0) return std::nullopt;
    return times_;
  }

  Mood mood_;
  Instant now_{1'000'000};
  Instant sent_{};
  Times times_{};
  bool connecting_ = false;
  std::uint32_t requests_of_next_ = 0;
  std::uint32_t in_flight_ = 0;
  int answers_ = 0;
};

load::Measurement measure(StampingTransport::Mood mood, int depth) {
  const load::LoadSpec spec{.url = load::Url::parse("http://127.0.0.1:1/").value(),
                            .method = "GET",
                            .connections = 1,
                            .pipeline_depth = depth,
                            .duration = 10ms,
                            .timeout = 1s};
  StampingTransport transport(mood);
  const auto source = make_request_source(spec, 0, 1).value();
  const auto address = resolve("127.0.0.1", 1).value();
  const std::vector<Address> sources;
  RunControl control(1);
  Worker worker(spec, {}, address, sources, transport, *source, control);
  worker.connect_all();
  control.window_start_ns = (transport.now() + 1ms).ns;  // a warm-up, which must not be in the audit
  control.window_end_ns = (transport.now() + 11ms).ns;
  worker.load();
  Tally merged;
  merged.merge(worker.tally());
  load::Measurement measurement;
  merged.write(measurement, {"GET /"});
  return measurement;
}

TEST(Audit, SharesOfAllRequestsAreWhatTheKernelSaid) {
  for (const int depth : {1, 24}) {
    const auto measurement = measure(StampingTransport::Mood::honest, depth);
    ASSERT_TRUE(measurement.audit);
    const auto& audit = *measurement.audit;
    EXPECT_GT(audit.paired, 100U);
    EXPECT_EQ(audit.paired, measurement.requests.answered);
    EXPECT_EQ(audit.unpaired, 0U);
    EXPECT_EQ(audit.wire_time.count(), audit.paired);
    for (const auto& [histogram, truth] :
         {std::pair(&audit.send_share, 1us), std::pair(&audit.wire_time, 10us), std::pair(&audit.receive_share, 3us)}) {
      EXPECT_EQ(histogram->min(), truth);
      EXPECT_EQ(histogram->max(), truth);
    }
    EXPECT_EQ(measurement.service_time.max(), 14us);
  }
}

TEST(Audit, RequestsWithoutBothStampsAreCountedApart) {
  const auto measurement = measure(StampingTransport::Mood::every_second_without, 1);
  ASSERT_TRUE(measurement.audit);
  EXPECT_EQ(measurement.audit->paired + measurement.audit->unpaired, measurement.requests.answered);
  EXPECT_NEAR(static_cast<double>(measurement.audit->paired), static_cast<double>(measurement.audit->unpaired), 1);
  EXPECT_EQ(measurement.audit->wire_time.count(), measurement.audit->paired);
}

TEST(Audit, StampsThatContradictEachOtherAreNotBelieved) {
  const auto measurement = measure(StampingTransport::Mood::backwards, 1);
  ASSERT_TRUE(measurement.audit);
  EXPECT_EQ(measurement.audit->paired, 0U);
  EXPECT_EQ(measurement.audit->unpaired, measurement.requests.answered);
  EXPECT_TRUE(measurement.audit->wire_time.empty());
}

}  // namespace
}  // namespace hotlap::loadgen
