#include "harness/plan_effect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace hotlap::harness {
namespace {

using results::Store;
using std::chrono::seconds;
using testing::HasSubstr;

std::vector<Store::CaseThroughput> earlier(std::int64_t session, const std::vector<double>& throughputs) {
  std::vector<Store::CaseThroughput> trials;
  for (const double throughput : throughputs)
    trials.push_back(
        {.session_id = session, .label = "c", .window_ns = Nanos(seconds(1)).count(), .throughput_per_s = throughput});
  return trials;
}

TEST(CaseSpread, IsTheSpreadWithinSessionsNotFromSessionToSession) {
  auto trials = earlier(1, {100 * std::exp(0.01), 100, 100 * std::exp(-0.01)});
  const auto slower = earlier(2, {50 * std::exp(0.01), 50, 50 * std::exp(-0.01)});
  trials.insert(trials.end(), slower.begin(), slower.end());
  const auto spread = spread_of(seconds(1), trials);
  EXPECT_NEAR(spread.spread, 0.01, 1e-9);
  EXPECT_EQ(spread.trials, 6);
}

TEST(CaseSpread, IsAssumedWithoutTrialsOfTheSameWindow) {
  EXPECT_EQ(spread_of(seconds(1), {}).trials, 0);
  EXPECT_EQ(spread_of(seconds(1), {}).spread, kAssumedSpread);
  EXPECT_EQ(spread_of(seconds(5), earlier(1, {100, 110, 120})).trials, 0);
  EXPECT_EQ(spread_of(seconds(1), earlier(1, {100, 110})).trials, 0);  // one degree of freedom says too little
  EXPECT_EQ(spread_of(seconds(1), earlier(1, {100, 100, 100})).trials, 0);
}

TEST(SmallestEffect, IsTheFormulaOfTheMethod) {
  // t(0.99, 9) = 2.8214, t(0.95, 9) = 1.8331, √2 × 0.02 = 0.028284
  const double shift = 1.023 * (2.8214379 + 1.8331129) * 0.0282842712 / std::sqrt(10.0);
  EXPECT_NEAR(smallest_effect({}, 10).value(), 1 - std::exp(-shift), 1e-6);
  EXPECT_EQ(smallest_effect({}, 1), std::nullopt);
  EXPECT_LT(smallest_effect({}, 20).value(), smallest_effect({}, 10).value());
}

TEST(EffectText, TellsWhatWasMeasuredAndWhatIsAssumed) {
  Plan plan;
  for (const int trials : {10, 10, 10, 1}) plan.cases.emplace_back().trials = trials;
  const auto text = effect_text(plan, {{}, {.spread = 0.01, .trials = 6}, {}, {}});
  EXPECT_THAT(text, HasSubstr("case 2: 10 trials each see 2.1 % or more; spread 1.0 % in 6 earlier trials\n"));
  EXPECT_THAT(text, HasSubstr("2 cases: 10 trials each see 4.2 % or more; a spread of 2.0 % is assumed"));
  EXPECT_THAT(text, HasSubstr("1 case: 1 trial each sees nothing: it has no spread; give it 3 or more"));
}

}  // namespace
}  // namespace hotlap::harness
