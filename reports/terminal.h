// The view for a terminal: per scenario a table with one row per case, then what to be careful about, then the
// published ratios beside the measured. Foreign text is shown, never obeyed. Bars are relative to the fastest case of
// the table.
#pragma once

#include <string>

#include "reports/view.h"

namespace hotlap::reports {

struct TerminalOptions {
  bool color = false;
  int width = 110;  // columns; below 60 counts as 60
};

[[nodiscard]] std::string terminal_report(const View& view, const TerminalOptions& options = {});

}  // namespace hotlap::reports
