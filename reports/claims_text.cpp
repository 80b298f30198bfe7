#include "reports/claims_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "base/units.h"
#include "reports/text_table.h"

namespace hotlap::reports {
namespace {

using results::ClaimFinding;
using results::ClaimVerdict;

constexpr std::size_t kLongText = 2000;  // bytes of a sentence that are shown

struct Standing {
  ClaimVerdict verdict;
  std::string_view one, several;  // "1 differs", "2 differ"
  Tone tone;
};

// What a reader has to look at first.
constexpr std::array<Standing, 4> kStandings = {{
    {ClaimVerdict::differs, "differs", "differ", Tone::caution},
    {ClaimVerdict::cannot_tell, "cannot tell", "cannot tell", Tone::plain},
    {ClaimVerdict::agrees, "agrees", "agree", Tone::good},
    {ClaimVerdict::cannot_test, "cannot be tested here", "cannot be tested here", Tone::plain},
}};

std::size_t rank(ClaimVerdict verdict) {
  return static_cast<std::size_t>(std::ranges::find(kStandings, verdict, &Standing::verdict) - kStandings.begin());
}

std::string shown(std::string_view foreign) {
  return printable(foreign, kLongText);
}

struct Group {
  std::string scenario;
  std::vector<const ClaimFinding*> claims;
};

std::vector<Group> grouped(const std::vector<ClaimFinding>& claims) {
  std::vector<Group> groups;
  for (const auto& claim : claims) {
    auto group = std::ranges::find(groups, claim.scenario, &Group::scenario);
    if (group == groups.end()) group = groups.insert(group, {.scenario = claim.scenario, .claims = {}});
    group->claims.push_back(&claim);
  }
  for (auto& group : groups)
    std::ranges::sort(group.claims, {}, [](const auto* claim) { return std::pair(rank(claim->verdict), claim); });
  return groups;
}

std::string remark_on(const ClaimFinding& claim) {
  if (claim.caveat.empty() || claim.reason.empty()) return claim.reason + claim.caveat;
  return fmt::format("{}. {}", claim.reason, claim.caveat);
}

// Statements and expectations are sentences: they go on in the next line instead of being cut.
constexpr std::size_t kWidestExpectation = 26;
constexpr std::size_t kNarrowestStatement = 24;

std::vector<std::string> lines_of(const std::string& foreign, std::size_t width) {
  std::vector<std::string> lines;
  std::istringstream text(wrapped(shown(foreign), width, 0));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

// What the other columns leave, with two blanks between each.
std::size_t room_for_statements(const std::vector<ClaimFinding>& claims, std::size_t width) {
  const auto widest = [&](std::string_view head, auto text) {
    std::size_t most = head.size();
    for (const auto& claim : claims) most = std::max(most, display_width(shown(text(claim))));
    return most;
  };
  const std::size_t others =
      widest("claim", [](const auto& one) { return one.id; }) +
      std::min(kWidestExpectation, widest("expected", [](const auto& one) { return one.expected; })) +
      widest("measured", [](const auto& one) { return one.measured_text; }) +
      widest("low", [](const auto& one) { return one.low_text; }) +
      widest("high", [](const auto& one) { return one.high_text; }) +
      widest("verdict", [](const auto& one) { return results::to_text(one.verdict); }) + std::size_t{2} * 6;
  return others + kNarrowestStatement < width ? width - others : kNarrowestStatement;
}

void add_claim(TextTable& table, const ClaimFinding& claim, std::size_t room) {
  const auto statement = lines_of(claim.statement, room);
  const auto expected = lines_of(claim.expected, kWidestExpectation);
  const auto line = [](const std::vector<std::string>& lines, std::size_t nth) {
    return nth < lines.size() ? lines[nth] : std::string();
  };
  table.add_row({{shown(claim.id)},
                 {line(statement, 0)},
                 {line(expected, 0)},
                 {shown(claim.measured_text), Tone::strong},
                 {shown(claim.low_text)},
                 {shown(claim.high_text)},
                 {std::string(results::to_text(claim.verdict)), kStandings.at(rank(claim.verdict)).tone}});
  for (std::size_t nth = 1; nth < std::max(statement.size(), expected.size()); ++nth)
    table.add_row({{}, {line(statement, nth)}, {line(expected, nth)}, {}, {}, {}, {}});
}

}  // namespace

std::string tally_of(const std::vector<const ClaimFinding*>& claims) {
  std::string text;
  for (const auto& standing : kStandings) {
    const auto count = std::ranges::count_if(claims, [&](const auto* one) { return one->verdict == standing.verdict; });
    if (count > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, count == 1 ? standing.one : standing.several);
  }
  return text;
}

std::string claims_text(const std::vector<ClaimFinding>& claims, std::size_t width, bool color) {
  if (claims.empty()) return {};
  const auto groups = grouped(claims);
  TextTable table({{"claim"},
                   {"statement", Align::left, true},
                   {"expected", Align::left, true},
                   {"measured", Align::right},
                   {"low", Align::right},
                   {"high", Align::right},
                   {"verdict"}});
  const auto room = room_for_statements(claims, width);
  std::vector<const ClaimFinding*> all;
  for (const auto& group : groups) {
    if (groups.size() > 1)
      table.add_line(
          fmt::format("\n{}: {}", painted(shown(group.scenario), Tone::strong, color), tally_of(group.claims)));
    for (const auto* claim : group.claims) {
      all.push_back(claim);
      add_claim(table, *claim, room);
    }
    for (const auto* claim : group.claims)
      if (const auto remark = remark_on(*claim); !remark.empty())
        table.add_line("  " + wrapped(fmt::format("{}: {}", shown(claim->id), shown(remark)), width - 2, 4));
  }
  return fmt::format("{}: {}\n{}", painted("Published and measured", Tone::strong, color), tally_of(all),
                     table.text(width, color));
}

}  // namespace hotlap::reports
