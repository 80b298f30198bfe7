#include "harness/store_calls.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "harness/place.h"
#include "harness/ready_line.h"
#include "harness/verify.h"

namespace hotlap::harness {
namespace {

constexpr double kMargin = 0.01;    // share of the expected number
constexpr double kCallsApart = 20;  // that belong to no request: pages keep statistics fresh every five seconds
constexpr Nanos kStatsPatience = std::chrono::seconds(5);

// What hotlap-target itself has counted until now; none: it does not say.
std::optional<std::uint64_t> own_count(const TargetProcess& target) {
  load::LoadSpec question;
  question.url.target = "/_stats";
  aim(question, target.endpoint());
  const auto answer = fetch(question, kStatsPatience);
  return answer ? store_calls_in(answer->body) : std::nullopt;
}

std::optional<std::uint64_t> between(const std::optional<std::uint64_t>& before,
                                     const std::optional<std::uint64_t>& after) {
  return before && after && *after >= *before ? std::optional(*after - *before) : std::nullopt;
}

std::string each(double calls, std::uint64_t requests) {
  return requests == 0 ? std::string("none") : fmt::format("{:.3g}", calls / static_cast<double>(requests));
}

void compare_with_expected(load::Verdict& verdict, const load::RequestCounts& total, std::uint64_t counted,
                           double expected) {
  const double margin = kMargin * expected * static_cast<double>(total.sent) + kCallsApart;
  const auto calls = static_cast<double>(counted);
  const double least = expected * static_cast<double>(total.answered) - margin;
  const double most = expected * static_cast<double>(total.sent) + margin;
  if (total.sent > 0 && calls >= least && calls <= most) return;
  verdict.raise(load::VerdictLevel::invalid,
                fmt::format("the database counted {} calls for {} answers, {} for each, but expect.store_calls is {}",
                            counted, total.answered, each(calls, total.answered), expected));
}

void compare_with_own(load::Verdict& verdict, std::uint64_t database, std::uint64_t target) {
  const auto larger = static_cast<double>(std::max(database, target));
  const auto apart = std::abs(static_cast<double>(database) - static_cast<double>(target));
  if (apart <= kMargin * larger + kCallsApart) return;
  verdict.raise(
      load::VerdictLevel::invalid,
      fmt::format("the database counted {} calls under this load, but hotlap-target {}: somebody else uses the "
                  "database, or one of the two counts wrong",
                  database, target));
}

void compare_whole_life(load::Verdict& verdict, const results::TargetCounts& counted, double expected) {
  const auto found = counted.store_calls_per_request();
  const double margin = kMargin * expected + kCallsApart / static_cast<double>(counted.requests);
  if (found && std::abs(*found - expected) <= margin) return;
  verdict.raise(load::VerdictLevel::invalid,
                fmt::format("the target made {} store calls per request, but expect.store_calls is {}",
                            found ? fmt::format("{:.3g}", *found) : std::string("an unknown number of"), expected));
}

// Why nobody counts the calls of this case; empty: somebody does, or it cannot run here and will say so.
std::string why_uncounted(const PlannedCase& planned, const Scenario& scenario, const Programs& programs) {
  if (planned.target.is_ours()) return {};
  if (planned.services.empty()) return "the scenario starts no service that could";
  for (const auto& service : planned.services) {
    const auto counts = service_counts_calls(service, scenario.file, programs);
    if (counts && !*counts) return fmt::format("the start script of service {} has no '# counts: calls'", service);
  }
  return {};
}

}  // namespace

StoreCallMeter::StoreCallMeter(Rig& rig, bool target_is_ours)
    : rig_(rig), target_is_ours_(target_is_ours), before_(look()) {}

StoreCalls StoreCallMeter::read() const {
  const auto now = look();
  return {.by_database = between(before_.by_database, now.by_database),
          .by_target = between(before_.by_target, now.by_target),
          .trouble = before_.trouble.empty() ? now.trouble : before_.trouble};
}

StoreCalls StoreCallMeter::look() const {
  const auto& services = rig_.services();
  if (services.empty() || !std::ranges::all_of(services, &Service::counts_calls)) return {};
  StoreCalls calls;
  std::uint64_t sum = 0;
  for (const auto& service : services) {
    const auto counted = service.calls();
    if (!counted) {
      calls.trouble = counted.error().message;
      return calls;
    }
    sum += *counted;
  }
  calls.by_database = sum;
  if (target_is_ours_) calls.by_target = own_count(rig_.target());
  return calls;
}

void check_store_calls(load::Measurement& measurement, const StoreCalls& calls,
                       const std::optional<results::TargetCounts>& of_whole_life,
                       const std::optional<ExpectedStoreCalls>& expected) {
  auto& verdict = measurement.verdict;
  const auto& total = measurement.total;
  if (!calls.trouble.empty())
    verdict.raise(expected ? load::VerdictLevel::invalid : load::VerdictLevel::suspect, calls.trouble);
  if (calls.by_database && expected) compare_with_expected(verdict, total, *calls.by_database, expected->per_request);
  // What was given up may still be on its way from one to the other.
  if (calls.by_database && calls.by_target && total.sent == total.answered)
    compare_with_own(verdict, *calls.by_database, *calls.by_target);
  if (!calls.by_database && calls.trouble.empty() && of_whole_life && expected)
    compare_whole_life(verdict, *of_whole_life, expected->per_request);
}

Result<void> require_counts(const Plan& plan, const Programs& programs) {
  for (const auto& planned : plan.cases) {
    if (!planned.expected_store_calls) continue;
    const auto& scenario = plan.scenarios[planned.scenario];
    if (const auto why = why_uncounted(planned, scenario, programs); !why.empty())
      return fail_at(
          scenario.file, planned.expected_store_calls->place,
          fmt::format("load.expect.store_calls: nobody would count them: the server of case '{}' is not "
                      "hotlap-target, and {}; name a database in 'services' that counts its calls, or remove "
                      "the key",
                      printable(planned.label), why));
  }
  return {};
}

}  // namespace hotlap::harness
