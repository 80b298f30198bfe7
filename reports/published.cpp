#include "reports/published.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "results/statistics.h"

namespace hotlap::reports {
namespace {

using results::Parameters;

constexpr double kAgreement = 0.2;

bool contains(const Parameters& parameters, const std::pair<std::string, std::string>& wanted) {
  return std::ranges::find(parameters, wanted) != parameters.end();
}

bool selected(const CaseRow& row, const std::string& scenario, const Parameters& selector) {
  return row.scenario == scenario &&
         std::ranges::all_of(selector, [&](const auto& wanted) { return contains(row.parameters, wanted); });
}

bool names(const Parameters& selector, const std::string& axis) {
  return std::ranges::any_of(selector, [&](const auto& parameter) { return parameter.first == axis; });
}

// Do both cases stand at the same point of every axis that the claim does not name?
bool comparable(const CaseRow& one, const CaseRow& other, const results::PublishedRatio& ratio) {
  return std::ranges::all_of(one.parameters, [&](const auto& parameter) {
    return names(ratio.numerator, parameter.first) || names(ratio.denominator, parameter.first) ||
           contains(other.parameters, parameter);
  });
}

PublishedRow compare(const results::PublishedRatio& ratio, const std::string& scenario,
                     const std::vector<CaseRow>& cases) {
  PublishedRow row{ratio.claim, ratio.statement, ratio.published, {}, {}, {}, "not measured", ratio.caveat};
  std::vector<double> ratios;
  int without_trials = 0;
  for (const auto& numerator : cases) {
    if (!selected(numerator, scenario, ratio.numerator)) continue;
    for (const auto& denominator : cases) {
      if (!selected(denominator, scenario, ratio.denominator) || !comparable(numerator, denominator, ratio)) continue;
      const auto& above = numerator.summary;
      const auto& below = denominator.summary;
      if (!above.throughput_per_s || !below.throughput_per_s || !(*below.throughput_low_per_s > 0)) {
        ++without_trials;
        continue;
      }
      ratios.push_back(*above.throughput_per_s / *below.throughput_per_s);
      const double low = *above.throughput_low_per_s / *below.throughput_high_per_s;
      const double high = *above.throughput_high_per_s / *below.throughput_low_per_s;
      row.low = std::min(row.low.value_or(low), low);
      row.high = std::max(row.high.value_or(high), high);
    }
  }
  if (ratios.empty()) return row;
  row.measured = results::median(ratios);
  const bool near = std::abs(ratio.published - *row.measured) <= kAgreement * *row.measured;
  const bool inside = *row.low <= ratio.published && ratio.published <= *row.high;
  row.verdict = near || inside ? "agrees" : "differs";
  if (without_trials > 0)
    row.caveat +=
        fmt::format("{}{} of {} pairs of cases have no good trial and are left out", row.caveat.empty() ? "" : "; ",
                    without_trials, without_trials + static_cast<int>(ratios.size()));
  return row;
}

}  // namespace

std::vector<PublishedRow> compare_published(const std::vector<results::ScenarioRecord>& scenarios,
                                            const std::vector<CaseRow>& cases) {
  std::vector<PublishedRow> rows;
  for (const auto& scenario : scenarios)
    for (const auto& ratio : scenario.published_ratios) rows.push_back(compare(ratio, scenario.name, cases));
  return rows;
}

}  // namespace hotlap::reports
