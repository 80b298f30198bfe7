#include "reports/terminal.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ranges>

#include "base/units.h"
#include "reports/claims_text.h"
#include "reports/text_table.h"

namespace hotlap::reports {
namespace {

constexpr std::size_t kLongText = 2000;    // bytes of a sentence that are shown
constexpr std::size_t kMostWarnings = 12;  // one line or two each; the page has all
constexpr std::string_view kNothing = "-";

struct Page {
  std::size_t width;
  bool color;
  std::string text;

  void line(std::string_view words) { text += fmt::format("{}\n", words); }
  void blank() { text += '\n'; }
  void heading(std::string_view words) { line(painted(words, Tone::strong, color)); }
  void paragraph(std::string_view words, std::size_t indent = 0) { line(wrapped(words, width, indent)); }
  void table(const TextTable& rows) { text += rows.text(width, color); }
};

std::string shown(std::string_view foreign) {
  return printable(foreign, kLongText);
}

std::string micros_or_nothing(const std::optional<double>& us) {
  if (!us) return std::string(kNothing);
  return *us < 9.995   ? fmt::format("{:.2f}", *us)
         : *us < 99.95 ? fmt::format("{:.1f}", *us)
                       : fmt::format("{:.0f}", *us);
}

// Half of low…high as a share of the middle.
std::string spread(const Summary& summary) {
  if (summary.trials_ok < 2 || !(*summary.throughput_per_s > 0)) return std::string(kNothing);
  const double half = (*summary.throughput_high_per_s - *summary.throughput_low_per_s) / 2;
  return fmt::format("±{:.1f} %", 100 * half / *summary.throughput_per_s);
}

std::string bar(double share, std::size_t cells) {
  static constexpr std::array<std::string_view, 8> eighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto filled =
      static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * static_cast<double>(cells * 8)));
  std::string drawn;
  for (std::size_t i = 0; i < filled / 8; ++i) drawn += "█";
  drawn += eighths[filled % 8];
  return drawn;
}

TableCell verdict_cell(const CaseRow& row) {
  const auto& summary = row.summary;
  const auto like_the_worst = [&](const TrialRow& trial) { return trial.verdict == summary.verdict; };
  const auto as_expected = [&](const TrialRow& trial) { return !like_the_worst(trial) || trial.expected; };
  if (std::ranges::any_of(row.trials, like_the_worst) && std::ranges::all_of(row.trials, as_expected))
    return {"expected", Tone::plain};
  if (summary.verdict == "VALID") return {"ok", Tone::good};
  if (summary.verdict == "SUSPECT") return {"suspect", Tone::caution};
  if (summary.verdict == "INVALID") return {"INVALID", Tone::bad};
  if (summary.trials_skipped > 0) return {"skipped", Tone::caution};
  return {std::string(kNothing), Tone::plain};
}

std::vector<const CaseRow*> cases_of(const View& view, const std::string& scenario) {
  std::vector<const CaseRow*> rows;
  for (const auto& row : view.cases)
    if (row.scenario == scenario) rows.push_back(&row);
  return rows;
}

std::string value_of(const CaseRow& row, const std::string& axis) {
  const auto found = std::ranges::find_if(row.parameters, [&](const auto& p) { return p.first == axis; });
  return found == row.parameters.end() ? std::string(kNothing) : found->second;
}

// The axes that tell these cases apart, in the scenario's order.
std::vector<std::string> varying_axes(const std::vector<const CaseRow*>& rows) {
  std::vector<std::string> axes;
  for (const CaseRow* row : rows)
    for (const auto& [axis, value] : row->parameters)
      if (std::ranges::find(axes, axis) == axes.end()) axes.push_back(axis);
  std::erase_if(axes, [&](const std::string& axis) {
    return std::ranges::all_of(rows,
                               [&](const CaseRow* row) { return value_of(*row, axis) == value_of(*rows[0], axis); });
  });
  return axes;
}

std::string axis_header(const std::string& axis) {
  std::string header = shown(axis);
  if (header.size() > 10)
    for (char& c : header)
      if (c == '_') c = '\n';
  return header;
}

TextTable case_table(const std::vector<const CaseRow*>& rows, std::size_t bar_cells) {
  const auto axes = varying_axes(rows);
  std::vector<TableColumn> columns;
  for (const auto& axis : axes) {
    const bool numbers =
        std::ranges::all_of(rows, [&](const CaseRow* row) { return parse_count(value_of(*row, axis)).has_value(); });
    columns.push_back({axis_header(axis), numbers ? Align::right : Align::left, true});
  }
  if (axes.empty()) columns.push_back({"case", Align::left, true});
  for (const char* header : {"throughput\nper second", "spread"}) columns.push_back({header, Align::right});
  if (bar_cells > 0) columns.push_back({"of the\nbest", Align::left});
  for (const char* header :
       {"response\np50", "\np90", "\np99", "\np99.9", "errors", "target\nCPU us/\nrequest", "load\nCPU us/\nrequest"})
    columns.push_back({header, Align::right});
  columns.push_back({"verdict", Align::left});

  double best = 0;
  for (const CaseRow* row : rows) best = std::max(best, row->summary.throughput_per_s.value_or(0));
  const auto width = columns.size();
  TextTable table(std::move(columns));
  for (const CaseRow* row : rows) {
    const Summary& summary = row->summary;
    std::vector<TableCell> cells;
    cells.reserve(width);
    for (const auto& axis : axes) cells.push_back({shown(value_of(*row, axis))});
    if (axes.empty()) cells.push_back({shown(row->label.empty() ? row->scenario : row->label)});
    const double throughput = summary.throughput_per_s.value_or(0);
    cells.push_back({summary.throughput_per_s ? format_count(throughput) : std::string(kNothing), Tone::strong});
    cells.push_back({spread(summary)});
    if (bar_cells > 0) cells.push_back({best > 0 ? bar(throughput / best, bar_cells) : std::string()});
    for (const auto& percentile :
         {summary.response_time.p50, summary.response_time.p90, summary.response_time.p99, summary.response_time.p99_9})
      cells.push_back({percentile_text(percentile)});
    cells.push_back({summary.has_run() ? format_count(static_cast<double>(summary.errors)) : std::string(kNothing),
                     summary.errors > 0 ? Tone::bad : Tone::plain});
    cells.push_back({micros_or_nothing(summary.target_cpu_us_per_request)});
    cells.push_back({micros_or_nothing(summary.load_cpu_us_per_request)});
    cells.push_back(verdict_cell(*row));
    table.add_row(std::move(cells));
  }
  return table;
}

std::string shared_parameters(const std::vector<const CaseRow*>& rows) {
  const auto varying = varying_axes(rows);
  std::string text;
  for (const auto& [axis, value] : rows[0]->parameters)
    if (std::ranges::find(varying, axis) == varying.end())
      text += fmt::format("{}{}={}", text.empty() ? "" : " ", shown(axis), shown(value));
  return text;
}

// Why there are no figures, once for all cases that are skipped for the same reason.
void print_skips(Page& page, const std::vector<const CaseRow*>& rows) {
  std::vector<std::pair<std::string, int>> reasons;
  for (const CaseRow* row : rows) {
    if (row->summary.trials_skipped == 0) continue;
    auto known = std::ranges::find(reasons, row->summary.skipped_because, &std::pair<std::string, int>::first);
    if (known == reasons.end()) known = reasons.insert(known, {row->summary.skipped_because, 0});
    ++known->second;
  }
  for (const auto& [reason, cases] : reasons)
    page.paragraph(fmt::format("{} case{} skipped: {}", cases, cases == 1 ? "" : "s", shown(reason)), 2);
}

void print_scenario(Page& page, const View& view, const results::ScenarioRecord& scenario) {
  const auto rows = cases_of(view, scenario.name);
  page.heading(shown(scenario.title.empty() ? scenario.name : fmt::format("{}: {}", scenario.name, scenario.title)));
  if (!scenario.question.empty()) page.paragraph(shown(scenario.question));
  if (!scenario.article.empty()) page.paragraph("Article: " + shown(scenario.article));
  if (rows.empty()) {
    page.line("No case.");
    return;
  }
  if (rows.size() > 1)
    if (const auto shared = shared_parameters(rows); !shared.empty()) page.paragraph("All with " + shared, 2);
  page.blank();
  for (const std::size_t bar_cells : std::array<std::size_t, 3>{8, 5, 0}) {  // the bar gives way first
    const TextTable table = case_table(rows, bar_cells);
    if (bar_cells > 0 && !table.fits(page.width)) continue;
    page.table(table);
    break;
  }
  print_skips(page, rows);
}

void print_session(Page& page, const View& view) {
  int ok = 0;
  int all = 0;
  for (const auto& row : view.cases) {
    ok += row.summary.trials_ok;
    all += static_cast<int>(row.trials.size());
  }
  page.paragraph(
      fmt::format("Session {} ({}), {}{}: {} of {} trials in the summary; throughput is the {} of its trials, "
                  "spread half the distance of the extremes.{}",
                  view.id, shown(view.uuid.substr(0, 8)), shown(view.status),
                  view.started_at.empty() ? "" : ", " + view.started_at, ok, all,
                  std::ranges::any_of(view.scenarios, [](const auto& s) { return s.estimator == "median_grouped"; })
                      ? "grouped median"
                      : "median",
                  view.closed_loop ? " Closed loop: response times leave out the waiting that a slower target "
                                     "would have caused."
                                   : ""));
  const auto open_ended = [](const CaseRow& row) {
    const auto& times = row.summary.response_time;
    return std::ranges::any_of(std::array{times.p50, times.p90, times.p99, times.p99_9}, [](const auto& percentile) {
      return percentile.kind == load::Percentile::Kind::at_least;
    });
  };
  if (std::ranges::any_of(view.cases, open_ended))
    page.paragraph("A percentile with > is at least so long: requests without a whole response leave it open.");
}

void print_warnings(Page& page, const View& view) {
  if (view.warnings.empty()) return;
  page.blank();
  page.heading("Warnings");
  const auto shown_here = std::min(view.warnings.size(), kMostWarnings);
  bool folded = false;
  for (const auto& warning : view.warnings | std::views::take(shown_here)) {
    page.paragraph("! " + shown(warning.sentence), 2);
    folded = folded || !warning.of_cases.empty();
  }
  const auto more = view.warnings.size() - shown_here;
  if (more == 0 && !folded) return;
  page.paragraph(
      fmt::format("{}{}: 'hotlap report {} --html FILE'",
                  more == 0 ? "" : fmt::format("{} more warning{}, and ", more, more == 1 ? "" : "s"),
                  more == 0 ? "Every case that they concern, with its figures" : "every case with its figures",
                  view.id),
      2);
}

void print_claims(Page& page, const View& view) {
  if (view.claims.empty()) return;
  page.blank();
  page.text += claims_text(view.claims, page.width, page.color);
}

void print_figures(Page& page, const View& view) {
  bool headed = false;
  for (const auto& scenario : view.scenarios)
    for (const auto& figure : scenario.published_figures) {
      if (!headed) {
        page.blank();
        page.heading("Published figures, of other machines, for context");
        headed = true;
      }
      page.paragraph(fmt::format("{}: {} {}{}", shown(figure.label), figure.value, shown(figure.unit),
                                 figure.source.empty() ? "" : fmt::format(" ({})", shown(figure.source))),
                     2);
    }
}

void print_comparison(Page& page, const View& view) {
  if (!view.comparison) return;
  Tone tone = Tone::caution;
  if (view.comparison->outcome == results::Outcome::regressed) tone = Tone::bad;
  if (view.comparison->outcome == results::Outcome::same || view.comparison->outcome == results::Outcome::improved)
    tone = Tone::good;
  page.blank();
  const std::string verdict(results::to_text(view.comparison->outcome));
  const std::string sentence = wrapped(verdict + ": " + view.comparison->sentence, page.width, 2);
  page.line(painted(verdict, tone, page.color) + sentence.substr(verdict.size()));
}

}  // namespace

std::string terminal_report(const View& view, const TerminalOptions& options) {
  Page page{static_cast<std::size_t>(std::max(options.width, 60)), options.color, {}};
  for (const auto& scenario : view.scenarios) {
    print_scenario(page, view, scenario);
    page.blank();
  }
  print_session(page, view);
  print_comparison(page, view);
  print_warnings(page, view);
  print_claims(page, view);
  print_figures(page, view);
  return page.text;
}

}  // namespace hotlap::reports
