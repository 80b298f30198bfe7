#include "loadgen/null_responder.h"

#include <gtest/gtest.h>

#include "loadgen/ceiling.h"
#include "loadgen/run.h"

namespace hotlap::loadgen {
namespace {

using namespace std::chrono_literals;

TEST(NullResponder, CountsHeadsWhereverTheReadsCutThem) {
  const std::string requests = "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n";
  for (std::size_t piece = 1; piece <= requests.size(); ++piece) {
    std::size_t line_length = 0;
    std::uint64_t heads = 0;
    for (std::size_t at = 0; at < requests.size(); at += piece)
      heads += count_heads(std::string_view(requests).substr(at, piece), line_length);
    EXPECT_EQ(heads, 2U) << piece;
  }
}

TEST(NullResponder, AnswersEveryRequestWithAResponseOfTheSizeAskedFor) {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{200}, std::size_t{100'000}}) {
    const auto responder = NullResponder::start({.threads = 2, .response_bytes = bytes});
    ASSERT_TRUE(responder) << responder.error().message;
    const auto m = run_load({.url = {.host = "127.0.0.1", .port = (*responder)->port()},
                             .connections = 8,
                             .pipeline_depth = 4,
                             .duration = 100ms,
                             .timeout = 5s},
                            {}, [] { return false; });
    ASSERT_TRUE(m) << m.error().message;
    EXPECT_GT(m->total.sent, 0U);
    EXPECT_EQ(m->total.good, m->total.sent);
    EXPECT_TRUE(m->errors.empty());
    if (bytes > 0) {
      const double mean = static_cast<double>(m->bytes_received) / static_cast<double>(m->good_in_window);
      EXPECT_NEAR(mean / static_cast<double>(bytes), 1, 0.25);  // the window cuts through responses
    }
  }
}

TEST(NullResponder, TheCeilingIsTakenWithTheSameConnections) {
  const auto ceiling = measure_ceiling(
      {.method = "POST", .body = "not sent", .connections = 4, .duration = 200ms, .expect = {.status_low = 404}}, 100,
      [] { return false; });
  ASSERT_TRUE(ceiling) << ceiling.error().message;
  EXPECT_GT(ceiling->throughput_per_s, 100);
}

}  // namespace
}  // namespace hotlap::loadgen
