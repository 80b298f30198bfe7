// Claims as the text that the store keeps. What somebody edited by hand into something else is read as far as it goes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "results/claim.h"

namespace hotlap::results {

[[nodiscard]] std::string claims_to_json(const std::vector<Claim>& claims);
// Also reads what versions up to 4 of the schema kept: ratios with a numerator and a denominator.
[[nodiscard]] std::vector<Claim> claims_from_json(std::string_view text);

}  // namespace hotlap::results
