// What a reader has to know before believing the figures: sentences that end in what to do. Warnings of several cases
// that differ in their figures only are one, led by the worst case. What makes figures wrong comes first, then what
// makes them uncertain, then what is missing.
#pragma once

#include <vector>

#include "reports/view.h"

namespace hotlap::reports {

[[nodiscard]] std::vector<Warning> find_warnings(const View& view);

}  // namespace hotlap::reports
