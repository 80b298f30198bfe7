// What the windows of a case's trials hold inside: second by second, by status class, and by named request. Pure; the
// trials' counts are added and their histograms merged.
#pragma once

#include <vector>

#include "loadgen/contract/measurement.h"
#include "reports/view.h"

namespace hotlap::reports {

using Measurements = std::vector<const load::Measurement*>;

// From the start of the window on; warm-up and drain are not in it. The last second may be cut short by the window's
// end: its rate is of the part that there was.
[[nodiscard]] std::vector<SecondRow> seconds_of(const Measurements& trials);
[[nodiscard]] std::vector<StatusRow> statuses_of(const Measurements& trials);
// Empty when there was one kind of request only.
[[nodiscard]] std::vector<RequestRow> requests_of(const Measurements& trials);

}  // namespace hotlap::reports
