// The view as one HTML file that asks the network for nothing: the built page (reports/page) with the report's JSON
// document inside. The same session gives the same bytes.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "reports/view.h"

namespace hotlap::reports {

[[nodiscard]] std::string html_report(const View& view);

// `json` so that no byte of it can end a script element or a line of script: < > & U+2028 U+2029 as \u escapes. These
// stand only inside JSON's strings, so the document stays the same.
[[nodiscard]] std::string escape_for_script(std::string_view json);
// Puts the escaped document into the page's <script id="report-data"> in place of {}. Error: the page has no such
// place.
[[nodiscard]] Result<std::string> fill_page(std::string_view page, std::string_view json);

}  // namespace hotlap::reports
