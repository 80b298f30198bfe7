#include "harness/conformance/report.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "harness/conformance/probes.h"
#include "reports/text_table.h"

namespace hotlap::harness {
namespace {

using reports::Tone;

constexpr std::size_t kNameWidth = 20;
constexpr std::size_t kOutcomeWidth = 9;
constexpr std::size_t kIndent = kNameWidth + kOutcomeWidth;

bool counts(const Finding& finding, bool strict) {
  return strict || finding.weight == Weight::load;
}

Tone tone_of(const Finding& finding, bool strict) {
  if (finding.judgement.outcome == Outcome::ok) return Tone::good;
  if (finding.judgement.outcome == Outcome::skipped) return Tone::plain;
  return counts(finding, strict) ? Tone::bad : Tone::caution;
}

std::string padded(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(text.size() < width ? width - text.size() : 1, ' ');
}

// The sentence beside the columns, broken so that it stays there.
std::string beside(std::string_view sentence, const LineStyle& style) {
  const auto width = std::max<std::size_t>(style.width, kIndent + 30);
  const auto text = reports::wrapped(std::string(kIndent, '.') + std::string(sentence), width, kIndent);
  return text.substr(kIndent);
}

std::string names(const VerifiedServer& server, bool counting) {
  std::string text;
  for (const auto& finding : server.findings)
    if (!finding.judgement.passed() && counts(finding, server.strict) == counting)
      text += fmt::format("{}{}", text.empty() ? "" : ", ", finding.probe);
  return text;
}

}  // namespace

std::string server_line(const VerifiedServer& server, const LineStyle& style) {
  auto text = reports::painted(printable(server.url), Tone::strong, style.color) + "\n";
  if (!server.command.empty()) text += reports::wrapped("Started by " + server.command, style.width, 2) + "\n";
  return text + "\n";
}

std::string finding_lines(const Finding& finding, bool strict, const LineStyle& style) {
  const auto& judgement = finding.judgement;
  auto text = padded(finding.probe, kNameWidth) +
              reports::painted(to_text(judgement.outcome), tone_of(finding, strict), style.color) +
              padded("", kOutcomeWidth - to_text(judgement.outcome).size()) + beside(judgement.sentence, style) + "\n";
  if (!judgement.passed() && !judgement.meaning.empty())
    text += std::string(kIndent, ' ') + beside("so " + judgement.meaning, style) + "\n";
  return text;
}

std::string summary_lines(const VerifiedServer& server, const LineStyle& style) {
  std::string text;
  for (const auto outcome : std::array{Outcome::ok, Outcome::drop, Outcome::close, Outcome::reorder, Outcome::hang,
                                       Outcome::wrong, Outcome::skipped}) {
    const auto count = std::ranges::count_if(
        server.findings, [&](const Finding& finding) { return finding.judgement.outcome == outcome; });
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "\n" : ", ", count, to_text(outcome));
  }
  const auto failed = names(server, true);
  const auto weak = names(server, false);
  if (failed.empty())
    text += server.strict ? ". All that was asked holds." : ". Load can rely on this server.";
  else
    text += fmt::format(". {}: {}.", server.strict ? "Not right" : "Load must not rely on", failed);
  if (!weak.empty()) text += fmt::format(" Warnings: {}.", weak);
  return reports::wrapped(text, style.width, 0) + "\n";
}

std::string probe_list(const LineStyle& style) {
  std::string text;
  for (const auto& probe : probes())
    text += fmt::format("{}{}{}\n", padded(probe.name, kNameWidth), padded(to_text(probe.weight), kOutcomeWidth),
                        beside(probe.about, style));
  return text + "\nload: load relies on it, so its failure ends in exit code 20. advice: a warning, unless --strict.\n";
}

std::string verify_json(const std::vector<VerifiedServer>& servers) {
  using Json = nlohmann::ordered_json;
  Json document = {{"schema", kVerifySchema}, {"servers", Json::array()}};
  for (const auto& server : servers) {
    Json shown = {{"url", server.url},
                  {"command", server.command},
                  {"strict", server.strict},
                  {"silence_ns", server.patience.count()},
                  {"passed", exit_code_of({server}) == ExitCode::success},
                  {"findings", Json::array()}};
    for (const auto& finding : server.findings)
      shown["findings"].push_back({{"probe", finding.probe},
                                   {"weight", to_text(finding.weight)},
                                   {"outcome", to_text(finding.judgement.outcome)},
                                   {"sentence", finding.judgement.sentence},
                                   {"meaning", finding.judgement.meaning},
                                   {"sent", finding.judgement.sent},
                                   {"answered", finding.judgement.answered},
                                   {"took_ns", finding.took.count()}});
    document["servers"].push_back(std::move(shown));
  }
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

ExitCode exit_code_of(const std::vector<VerifiedServer>& servers) {
  for (const auto& server : servers)
    for (const auto& finding : server.findings)
      if (!finding.judgement.passed() && counts(finding, server.strict)) return ExitCode::invalid_run;
  return ExitCode::success;
}

}  // namespace hotlap::harness
