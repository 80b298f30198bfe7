// What requests, placeholders and expectations must obey before anything is sent: names that exist, ranges that hold
// something, weights above zero, and no byte in a path or field value that would break the request apart, be it
// written there or brought by a list. Pure; errors name the request or placeholder and end in what to do.
#pragma once

#include "base/error.h"
#include "loadgen/contract/load_spec.h"

namespace hotlap::load {

inline constexpr std::size_t kMostRequests = 100;  // each has histograms of its own in every thread
inline constexpr std::size_t kMostValues = 1000;

// Of `requests`, `values` and, when there are no requests, the spec's one request.
[[nodiscard]] Result<void> validate_requests(const LoadSpec& spec);

// What the source writes: `requests`, or the spec's own request as one, its text taken as it is.
[[nodiscard]] std::vector<RequestTemplate> requests_of(const LoadSpec& spec);

}  // namespace hotlap::load
