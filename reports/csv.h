// The view as CSV (RFC 4180: CRLF, quotes doubled), for spreadsheets and data frames. Units stand in the header's
// names; every axis of the session is a column parameter_NAME. A text cell that a spreadsheet would run as a formula
// gets a leading apostrophe; numbers are untouched. What was not measured is an empty cell.
// A percentile that is not known is an empty cell too; where requests without a whole response leave it open, the
// column …_at_least_ns holds what it is at least, so that no lower bound is ever plotted as a time.
#pragma once

#include <string>

#include "reports/view.h"

namespace hotlap::reports {

[[nodiscard]] std::string trials_csv(const View& view);  // one row per trial
[[nodiscard]] std::string cases_csv(const View& view);   // one row per case
// One row per claim; its figures are in the column `unit`: /s, ns, share (0 to 1), or none.
[[nodiscard]] std::string claims_csv(const View& view);

}  // namespace hotlap::reports
