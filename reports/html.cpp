#include "reports/html.h"

#include <array>
#include <utility>

#include "reports/report_json.h"

// Around the page's bytes: page.S.
extern "C" {
extern const char hotlap_report_page_begin[];
extern const char hotlap_report_page_end[];
}

namespace hotlap::reports {
namespace {

constexpr std::string_view kOpening = R"(<script id="report-data" type="application/json">)";
constexpr std::string_view kPlace = "{}";
constexpr std::string_view kClosing = "</script>";

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kEscapes = {
    {{"<", "\\u003c"}, {">", "\\u003e"}, {"&", "\\u0026"}, {"\xe2\x80\xa8", "\\u2028"}, {"\xe2\x80\xa9", "\\u2029"}}};

}  // namespace

std::string escape_for_script(std::string_view json) {
  std::string escaped;
  escaped.reserve(json.size() + json.size() / 16);
  while (!json.empty()) {
    std::size_t taken = 1;
    std::string_view written = json.substr(0, 1);
    for (const auto& [from, to] : kEscapes)
      if (json.starts_with(from)) {
        taken = from.size();
        written = to;
      }
    escaped += written;
    json.remove_prefix(taken);
  }
  return escaped;
}

Result<std::string> fill_page(std::string_view page, std::string_view json) {
  const auto opening = page.find(kOpening);
  if (opening == std::string_view::npos || !page.substr(opening + kOpening.size()).starts_with(kPlace) ||
      !page.substr(opening + kOpening.size() + kPlace.size()).starts_with(kClosing))
    return fail("the report's page has no place for its data; build reports/page again");
  const auto place = opening + kOpening.size();
  std::string filled(page.substr(0, place));
  filled += escape_for_script(json);
  filled += page.substr(place + kPlace.size());
  return filled;
}

std::string html_report(const View& view) {
  const std::string_view page(hotlap_report_page_begin,
                              static_cast<std::size_t>(hotlap_report_page_end - hotlap_report_page_begin));
  auto filled = fill_page(page, report_json(view));
  check(filled.has_value(), "the built-in report page has a place for its data");
  return std::move(*filled);
}

}  // namespace hotlap::reports
