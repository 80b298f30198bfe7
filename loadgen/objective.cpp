#include "loadgen/objective.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "loadgen/validity.h"

namespace hotlap::loadgen {
namespace {

using Term = Objective::Term;
using Kind = Objective::Term::Kind;

std::optional<double> parse_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

Result<Term> parse_term(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return fail(fmt::format("objective '{}' {}", printable(text), why), ExitCode::usage);
  };
  const auto at = text.find_first_of("<>=");
  if (at == std::string_view::npos) return refuse("has no < or >=; write it like p99<5ms");
  const auto name = trimmed(text.substr(0, at));
  const bool below = text[at] == '<';
  const bool inclusive = text.substr(at + 1).starts_with('=');
  if (text[at] == '=') return refuse("needs < , <= , > or >=");
  const auto value = trimmed(text.substr(at + (inclusive ? 2 : 1)));

  Term term{.inclusive = inclusive,
            .text = fmt::format("{}{}{}{}", name, below ? "<" : ">", inclusive ? "=" : "", value)};
  if (name == "errors" || name == "throughput") {
    term.kind = name == "errors" ? Kind::errors : Kind::throughput;
    if (below != (term.kind == Kind::errors))
      return refuse(below ? "asks for little throughput; write throughput>=99.9%"
                          : "asks for many errors; write errors<0.1%");
    const auto percent = value.ends_with('%') ? parse_number(value.substr(0, value.size() - 1)) : std::nullopt;
    if (!percent || *percent < 0 || *percent > 100) return refuse("does not end in a share from 0% to 100%");
    term.limit = *percent / 100;
    if (!inclusive && (below ? term.limit == 0 : term.limit == 1))
      return refuse(below ? "can never hold; write errors<=0%" : "can never hold; write throughput>=100%");
    return term;
  }
  if (name != "mean") {
    const auto percent = name.starts_with('p') ? parse_number(name.substr(1)) : std::nullopt;
    if (!percent) return refuse("is of none of p50 … p99.99, mean, errors and throughput");
    if (*percent <= 0 || *percent >= 100) return refuse("is not a percentile above 0 and below 100");
    term.quantile = *percent / 100;
  } else {
    term.kind = Kind::mean;
  }
  if (!below) return refuse("asks for long response times; write p99<5ms");
  const auto limit = parse_duration(value);
  if (!limit) return refuse(fmt::format("ends in no duration: {}", limit.error().message));
  if (*limit <= Nanos::zero()) return refuse("can never hold");
  term.limit = static_cast<double>(limit->count());
  return term;
}

bool within(const Term& term, double value) {
  if (term.kind == Kind::throughput) return term.inclusive ? value >= term.limit : value > term.limit;
  return term.inclusive ? value <= term.limit : value < term.limit;
}

Judged missed(std::string reason) {
  return {.met = false, .reason = std::move(reason)};
}

Judged percentile_within(const Term& term, const load::Measurement& m) {
  using Known = load::Percentile::Kind;
  const auto found = load::percentile(m.response_time, m.response_time_at_least, term.quantile);
  const auto name = term.text.substr(0, term.text.find('<'));
  switch (found.kind) {
    case Known::too_few:
      return missed(fmt::format("{} responses are too few for {}: a longer window (-d)",
                                m.response_time.count() + m.response_time_at_least.count(), name));
    case Known::at_least:
      return missed(fmt::format("{} is at least {}: {} requests had no whole response", name,
                                format_duration(found.value), m.response_time_at_least.count()));
    case Known::known:
      break;
  }
  if (within(term, static_cast<double>(found.value.count()))) return {.met = true};
  return missed(fmt::format("{} was {}", name, format_duration(found.value)));
}

Judged mean_within(const Term& term, const load::Measurement& m) {
  if (const auto unfinished = m.response_time_at_least.count(); unfinished > 0)
    return missed(fmt::format("the mean is unknown: {} requests had no whole response", unfinished));
  if (m.response_time.empty()) return missed("no response");
  if (within(term, static_cast<double>(m.response_time.mean().count()))) return {.met = true};
  return missed(fmt::format("the mean was {}", format_duration(m.response_time.mean())));
}

double error_share(const load::Measurement& m) {
  return m.requests.sent == 0
             ? 1
             : static_cast<double>(m.requests.sent - m.requests.good) / static_cast<double>(m.requests.sent);
}

// A window's two ends cut through requests: ten of them do not tell.
Judged throughput_within(const Term& term, const load::Measurement& m) {
  if (m.loop != "open") return missed("throughput is a share of the offered rate, and a closed loop offers none");
  const auto missing = m.scheduled - std::min(m.good_in_window, m.scheduled);
  const double share = m.scheduled == 0 ? 0 : 1 - static_cast<double>(missing) / static_cast<double>(m.scheduled);
  if (within(term, share) || (missing <= 10 && m.scheduled >= 100)) return {.met = true};
  return missed(fmt::format("{} good responses came while {} requests were due ({:.4g} %)", m.good_in_window,
                            m.scheduled, 100 * share));
}

Judged holds(const Term& term, const load::Measurement& m) {
  switch (term.kind) {
    case Kind::percentile:
      return percentile_within(term, m);
    case Kind::mean:
      return mean_within(term, m);
    case Kind::errors: {
      const double share = error_share(m);
      if (within(term, share)) return {.met = true};
      return missed(fmt::format("{} of {} requests were errors ({:.3g} %)", m.requests.sent - m.requests.good,
                                m.requests.sent, 100 * share));
    }
    case Kind::throughput:
      return throughput_within(term, m);
  }
  return {};
}

// What must hold under an open loop when the objective does not say: what was offered was sent, and what was sent came
// back at the same rate. Otherwise a target with much room for connections hides its backlog in them.
Judged kept_up(const Objective& objective, const load::Measurement& m) {
  const auto not_sent = m.never_sent + m.dropped;
  if (static_cast<double>(not_sent) > ValidityLimits{}.offered_tolerance * static_cast<double>(m.scheduled))
    return missed(fmt::format("{} of {} scheduled requests were never sent", not_sent, m.scheduled));
  if (std::ranges::any_of(objective.terms, [](const Term& term) { return term.kind == Kind::throughput; }))
    return {.met = true};
  double allowed_errors = 0;
  for (const auto& term : objective.terms)
    if (term.kind == Kind::errors) allowed_errors = term.limit;
  return throughput_within(
      {.kind = Kind::throughput, .limit = 0.999 - allowed_errors, .inclusive = true, .text = "throughput"}, m);
}

}  // namespace

Result<Objective> Objective::parse(std::string_view text) {
  Objective objective;
  while (true) {
    const auto comma = text.find(',');
    auto term = parse_term(trimmed(text.substr(0, comma)));
    if (!term) return std::unexpected(term.error());
    for (const auto& other : objective.terms)
      if (other.kind == term->kind && other.quantile == term->quantile)
        return fail(fmt::format("objective '{}' and '{}' are about the same; keep one", other.text, term->text),
                    ExitCode::usage);
    objective.terms.push_back(std::move(*term));
    if (comma == std::string_view::npos) return objective;
    text.remove_prefix(comma + 1);
  }
}

std::string Objective::text() const {
  std::string all;
  for (const auto& term : terms) all += (all.empty() ? "" : ",") + term.text;
  return all;
}

std::uint64_t Objective::samples_needed() const noexcept {
  auto needed = ValidityLimits{}.least_samples;
  for (const auto& term : terms)
    if (term.kind == Kind::percentile)
      needed = std::max(needed, static_cast<std::uint64_t>(std::ceil(10 / (1 - term.quantile) - 1e-6)));
  return needed;
}

Judged meets(const Objective& objective, const load::Measurement& measurement) {
  if (measurement.requests.good == 0 || measurement.good_in_window == 0) return missed("no good response");
  if (measurement.loop == "open")
    if (auto kept = kept_up(objective, measurement); !kept.met) return kept;
  for (const auto& term : objective.terms)
    if (auto judged = holds(term, measurement); !judged.met) return judged;
  if (measurement.verdict.level == load::VerdictLevel::invalid)
    return missed("the window is INVALID: " + measurement.verdict.reasons.front());
  return {.met = true};
}

Judged meets_without_error(const Objective& objective, const load::Measurement& measurement) {
  const auto& connections = measurement.connections;
  if (connections.established < connections.requested)
    return missed(
        fmt::format("only {} of {} connections were established", connections.established, connections.requested));
  if (connections.served < connections.requested)
    return missed(fmt::format("only {} of {} connections were served", connections.served, connections.requested));
  if (!measurement.errors.empty())
    return missed(fmt::format("{} errors of kind {}: {}", measurement.errors.front().count,
                              measurement.errors.front().kind, measurement.errors.front().first));
  if (measurement.requests.good < measurement.requests.sent)
    return missed(fmt::format("{} of {} requests were errors", measurement.requests.sent - measurement.requests.good,
                              measurement.requests.sent));
  return meets(objective, measurement);
}

}  // namespace hotlap::loadgen
