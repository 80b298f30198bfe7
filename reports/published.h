// Published ratios beside the measured ones.
#pragma once

#include <vector>

#include "reports/view.h"

namespace hotlap::reports {

// Cases that differ only in the axes that the claim names form one ratio; the median of these ratios is what is
// measured, low and high come from the extreme trials. A claim agrees when the published ratio lies within 20 % of the
// measured one or between low and high.
[[nodiscard]] std::vector<PublishedRow> compare_published(const std::vector<results::ScenarioRecord>& scenarios,
                                                          const std::vector<CaseRow>& cases);

}  // namespace hotlap::reports
