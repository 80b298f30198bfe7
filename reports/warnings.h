// What a reader has to know before believing the figures: sentences that end in what to do.
#pragma once

#include <string>
#include <vector>

#include "reports/view.h"

namespace hotlap::reports {

[[nodiscard]] std::vector<std::string> find_warnings(const View& view);

}  // namespace hotlap::reports
