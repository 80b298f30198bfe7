// What the trials of a case used while they were measured: processors, memory and context switches of both sides and of
// services, and what befell the machine. Pure. A second in which a side was not sampled has no row, and a figure that
// no trial knows has no value: neither is ever a zero. Source: docs/method.md, "Resources".
#pragma once

#include <vector>

#include "reports/view.h"

namespace hotlap::reports {

[[nodiscard]] std::vector<UseRow> resources_of(const std::vector<const results::TrialRecord*>& trials);

}  // namespace hotlap::reports
