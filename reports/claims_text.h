// What became of the claims, as text: how many agree, then scenario by scenario a row for each, those that differ
// first, with what there is to remark on them. Foreign text is shown, never obeyed. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "results/claim_verdict.h"

namespace hotlap::reports {

// "2 differ, 1 cannot tell, 5 agree"; empty when there are none.
[[nodiscard]] std::string tally_of(const std::vector<const results::ClaimFinding*>& claims);
// Empty when there are none; else lines of at most `width`, as far as words allow.
[[nodiscard]] std::string claims_text(const std::vector<results::ClaimFinding>& claims, std::size_t width, bool color);

}  // namespace hotlap::reports
