// The view as one JSON document, schema "hotlap.report/1": what the HTML page shows. Numbers are raw, units stand in
// the keys, null means not measured. The same session gives the same bytes. Seeds are text: they exceed a double.
#pragma once

#include <string>
#include <string_view>

#include "reports/view.h"

namespace hotlap::reports {

inline constexpr std::string_view kReportSchema = "hotlap.report/1";

[[nodiscard]] std::string report_json(const View& view);

}  // namespace hotlap::reports
