#include "results/claim_metric.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/units.h"

namespace hotlap::results {
namespace {

using load::Measurement;

std::optional<Reading> some(double value) {
  return Reading{value, false};
}

std::optional<Reading> at(const Histogram& known, const Histogram& at_least, double q) {
  const auto found = load::percentile(known, at_least, q);
  if (found.kind == load::Percentile::Kind::too_few) return std::nullopt;
  return Reading{static_cast<double>(found.value.count()), found.kind == load::Percentile::Kind::at_least};
}

std::optional<Reading> mean_of(const Histogram& known, const Histogram& at_least) {
  Histogram all = known;
  all.merge(at_least);
  if (all.empty()) return std::nullopt;
  return Reading{static_cast<double>(all.mean().count()), !at_least.empty()};
}

double seconds(const Measurement& m) {
  return in_seconds(m.window);
}

std::optional<Reading> per(double amount, double of) {
  return of > 0 ? some(amount / of) : std::nullopt;
}

double errors(const Measurement& m) {
  return static_cast<double>(m.requests.answered - m.requests.good + m.requests.failed + m.requests.timed_out);
}

// Also those of broken connections, of the warm-up, and connections that never came to be.
double error_events(const Measurement& m) {
  double events = 0;
  for (const auto& error : m.errors) events += static_cast<double>(error.count);
  const auto& connections = m.connections;
  if (connections.established < connections.requested)
    events += static_cast<double>(connections.requested - connections.established);
  return events;
}

const Measurement& measured(const TrialRecord& trial) {
  return *trial.measurement;  // Metric::of() has looked
}

template <double Q>
std::optional<Reading> response_time(const TrialRecord& trial) {
  return at(measured(trial).response_time, measured(trial).response_time_at_least, Q);
}

template <double Q>
std::optional<Reading> service_time(const TrialRecord& trial) {
  return at(measured(trial).service_time, measured(trial).service_time_at_least, Q);
}

constexpr std::array kMetrics = {
    Metric{"throughput", Unit::per_second, false,
           [](const TrialRecord& trial) { return some(measured(trial).throughput_per_s); }},
    Metric{"goodput", Unit::per_second, true,
           [](const TrialRecord& trial) { return some(measured(trial).throughput_per_s); }},
    Metric{"answered_rate", Unit::per_second, true,
           [](const TrialRecord& trial) {
             return per(static_cast<double>(measured(trial).requests.answered), seconds(measured(trial)));
           }},
    Metric{"response_time_p50", Unit::nanoseconds, false, response_time<0.5>},
    Metric{"response_time_p90", Unit::nanoseconds, false, response_time<0.9>},
    Metric{"response_time_p99", Unit::nanoseconds, false, response_time<0.99>},
    Metric{"response_time_p99_9", Unit::nanoseconds, false, response_time<0.999>},
    Metric{"response_time_mean", Unit::nanoseconds, false,
           [](const TrialRecord& trial) {
             return mean_of(measured(trial).response_time, measured(trial).response_time_at_least);
           }},
    Metric{"service_time_p50", Unit::nanoseconds, false, service_time<0.5>},
    Metric{"service_time_p99", Unit::nanoseconds, false, service_time<0.99>},
    Metric{"service_time_mean", Unit::nanoseconds, false,
           [](const TrialRecord& trial) {
             return mean_of(measured(trial).service_time, measured(trial).service_time_at_least);
           }},
    Metric{"target_cpu_per_request", Unit::nanoseconds, false,
           [](const TrialRecord& trial) -> std::optional<Reading> {
             if (!(trial.target_cpu_ns > 0)) return std::nullopt;
             return per(trial.target_cpu_ns, static_cast<double>(measured(trial).requests.answered));
           }},
    Metric{"load_cpu_per_request", Unit::nanoseconds, false,
           [](const TrialRecord& trial) {
             const auto& m = measured(trial);
             return per(static_cast<double>((m.cpu_user + m.cpu_system).count()),
                        static_cast<double>(m.requests.answered));
           }},
    Metric{"load_cpu_share", Unit::share, false,
           [](const TrialRecord& trial) {
             const auto& m = measured(trial);
             return per(static_cast<double>((m.cpu_user + m.cpu_system).count()),
                        static_cast<double>(m.window.count()) * m.threads);
           }},
    Metric{"errors", Unit::number, true, [](const TrialRecord& trial) { return some(errors(measured(trial))); }},
    Metric{"error_share", Unit::share, true,
           [](const TrialRecord& trial) {
             return per(errors(measured(trial)), static_cast<double>(measured(trial).requests.sent));
           }},
    Metric{"error_events", Unit::number, true,
           [](const TrialRecord& trial) { return some(error_events(measured(trial))); }},
    Metric{"delivered", Unit::share, true,
           [](const TrialRecord& trial) {
             return per(static_cast<double>(measured(trial).good_in_window),
                        static_cast<double>(measured(trial).scheduled));
           }},
    // Little's law: what was in flight on average.
    Metric{"in_flight", Unit::number, false,
           [](const TrialRecord& trial) -> std::optional<Reading> {
             const auto& m = measured(trial);
             const auto time = mean_of(m.service_time, m.service_time_at_least);
             if (!time || !(seconds(m) > 0)) return std::nullopt;
             const double rate = static_cast<double>(m.requests.answered) / seconds(m);
             return Reading{rate * time->value / 1e9, time->at_least};
           }},
    Metric{"bytes_per_response", Unit::number, false,
           [](const TrialRecord& trial) {
             return per(static_cast<double>(measured(trial).bytes_received),
                        static_cast<double>(measured(trial).requests.answered));
           }},
};

Result<double> parse_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number))
    return fail(fmt::format("'{}' is not a number", printable(text)));
  return number;
}

// The shortest text that reads back to the same number; never with an exponent, which no unit may follow.
std::string shortest(double value) {
  std::array<char, 400> digits{};
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
  return error == std::errc{} ? std::string(digits.data(), end) : std::string("0");
}

}  // namespace

std::optional<Reading> Metric::of(const TrialRecord& trial) const {
  const bool may_count = in_summary(trial) || (of_invalid_trials && trial.state == TrialState::invalid);
  if (!may_count || trial.excluded || !trial.measurement) return std::nullopt;
  return read(trial);
}

const Metric* find_metric(std::string_view name) noexcept {
  const auto* found = std::ranges::find(kMetrics, name, &Metric::name);
  return found == kMetrics.end() ? nullptr : found;
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  names.reserve(kMetrics.size());
  for (const auto& metric : kMetrics) names.emplace_back(metric.name);
  return names;
}

std::string value_text(Unit unit, double value) {
  switch (unit) {
    case Unit::per_second:
      return format_count(value) + "/s";
    case Unit::nanoseconds:
      return format_duration(Nanos(std::llround(value)));
    case Unit::share:
      return fmt::format("{:.1f} %", value * 100);
    case Unit::number:
      break;
  }
  if (value != 0 && std::abs(value) < 0.0995) return fmt::format("{:.2g}", value);
  return std::abs(value) < 999.5 ? fmt::format("{:.2f}", value) : format_count(value);
}

Result<double> parse_value(Unit unit, std::string_view text) {
  if (unit == Unit::per_second) {
    const auto rate = parse_rate(text);
    return rate ? Result<double>(rate->per_second) : std::unexpected(rate.error());
  }
  if (unit == Unit::nanoseconds) {
    const auto time = parse_duration(text);
    return time ? Result<double>(static_cast<double>(time->count())) : std::unexpected(time.error());
  }
  if (unit == Unit::share) {
    const auto number = parse_number(text.substr(0, text.find('%')));
    if (!text.ends_with('%') || !number)
      return fail(fmt::format("share '{}' is not a number followed by %", printable(text)));
    return *number / 100;
  }
  return parse_number(text);
}

std::string write_value(Unit unit, double value) {
  switch (unit) {
    case Unit::per_second:
      return shortest(value) + "/s";
    case Unit::nanoseconds:
      return write_duration(Nanos(std::llround(value)));
    case Unit::share:
      return shortest(std::round(value * 1e12) / 1e10) + "%";
    case Unit::number:
      break;
  }
  return shortest(value);
}

std::optional<double> axis_number(std::string_view text) {
  if (const auto rate = parse_rate(text)) return rate->per_second;
  if (const auto count = parse_count(text)) return static_cast<double>(*count);
  if (const auto time = parse_duration(text)) return static_cast<double>(time->count());
  return std::nullopt;
}

}  // namespace hotlap::results
