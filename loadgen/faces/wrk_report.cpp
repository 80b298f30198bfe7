#include "loadgen/faces/wrk_report.h"

#include <fmt/core.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

#include "loadgen/faces/wrk_units.h"

namespace hotlap::loadgen::wrk {
namespace {

constexpr int kValueBits = 11;  // told apart exactly
constexpr int kSubBuckets = 1 << kValueBits;
constexpr int kBuckets = 27;  // to 24 h in µs

// The range of values that three digits cannot tell apart.
struct Equivalent {
  std::uint64_t lowest;
  std::uint64_t width;
  [[nodiscard]] std::uint64_t highest() const noexcept { return lowest + width - 1; }
  [[nodiscard]] std::uint64_t middle() const noexcept { return lowest + width / 2; }
};

Equivalent equivalent(std::uint64_t value) noexcept {
  const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - kValueBits);
  return {.lowest = value >> shift << shift, .width = std::uint64_t{1} << shift};
}

Samples in_three_digits(const Samples& samples) {
  std::vector<Sample> equivalents;
  for (const auto& [value, count] : samples.rising()) equivalents.push_back({equivalent(value).lowest, count});
  return Samples(std::move(equivalents));
}

StatsRow row_of(const Samples& samples) {
  return {.mean = samples.mean(),
          .deviation = samples.deviation(),
          .max = static_cast<long double>(samples.max()),
          .near_mean_percent = samples.near_mean_percent()};
}

std::string row_text(const char* name, const StatsRow& row, std::string (*unit)(long double)) {
  return fmt::format("    {:<10}{}{}{}{}%\n", name, column(unit(row.mean), 8), column(unit(row.deviation), 10),
                     column(unit(row.max), 9), fixed(row.near_mean_percent, 8, 2));
}

std::string distribution_text(const std::vector<AtPercent>& distribution, int digits) {
  std::string text;
  for (const auto& [percent, us] : distribution)
    text += fmt::format("{}%{}\n", fixed(percent, 7, digits), column(time_text(us), 10));
  return text;
}

std::string spectrum_text(const Spectrum& spectrum, const char* name) {
  auto text = fmt::format("  Latency Distribution (HdrHistogram - {})\n", name);
  text += distribution_text(spectrum.distribution, 3);
  text += "\n  Detailed Percentile spectrum:\n";
  text += fmt::format("{:>12} {:>12} {:>12} {:>12}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
  for (const auto& row : spectrum.rows)
    text += fmt::format("{} {} {:>12} {}\n", fixed(row.value_ms, 12, 3), fixed(row.share, 12, 6), row.count,
                        fixed(row.share < 1 ? static_cast<long double>(1 / (1 - row.share))
                                            : std::numeric_limits<long double>::infinity(),
                              12, 2));
  text += fmt::format("#[Mean    = {}, StdDeviation   = {}]\n", fixed(spectrum.mean_ms, 12, 3),
                      fixed(spectrum.deviation_ms, 12, 3));
  text += fmt::format("#[Max     = {}, Total count    = {:>12}]\n", fixed(spectrum.max_ms, 12, 3), spectrum.count);
  text += fmt::format("#[Buckets = {:>12}, SubBuckets     = {:>12}]\n", kBuckets, kSubBuckets);
  text += "----------------------------------------------------------\n";
  return text;
}

std::string duration_or_dash(const Histogram& histogram, double q) {
  return histogram.empty() ? "-" : format_duration(histogram.quantile(q));
}

}  // namespace

Spectrum spectrum_of(const Samples& microseconds) {
  const auto samples = in_three_digits(microseconds);
  Spectrum spectrum{.count = samples.count()};
  const auto total = static_cast<double>(samples.count());
  for (const long double percent : {50.0L, 75.0L, 90.0L, 99.0L, 99.9L, 99.99L, 99.999L, 100.0L}) {
    const auto value = samples.empty() ? 0 : equivalent(samples.percentile(percent)).highest();
    spectrum.distribution.push_back({percent, static_cast<long double>(value)});
  }
  double next_percent = 0, sum = 0;
  std::uint64_t seen = 0;
  for (const auto& [value, count] : samples.rising()) {
    seen += count;
    sum += static_cast<double>(equivalent(value).middle()) * static_cast<double>(count);
    const auto value_ms = static_cast<double>(equivalent(value).highest()) / 1000;
    const auto reached_percent = 100 * static_cast<double>(seen) / total;
    while (seen < samples.count() && next_percent <= reached_percent) {
      spectrum.rows.push_back({value_ms, next_percent / 100, seen});
      const auto halvings = std::floor(std::log(100 / (100 - next_percent)) / std::numbers::ln2) + 1;
      next_percent += 100 / (5 * std::exp2(halvings));
    }
    // The step that the last value first satisfies, and then the end itself.
    if (seen == samples.count()) {
      spectrum.rows.push_back({value_ms, next_percent / 100, seen});
      spectrum.rows.push_back({value_ms, 1, seen});
    }
  }
  if (samples.empty()) {
    spectrum.rows.push_back({0, 1, 0});
    return spectrum;
  }
  const double mean = sum / total;
  double squares = 0;
  for (const auto& [value, count] : samples.rising()) {
    const auto distance = static_cast<double>(equivalent(value).middle()) - mean;
    squares += distance * distance * static_cast<double>(count);
  }
  spectrum.mean_ms = mean / 1000;
  spectrum.deviation_ms = std::sqrt(squares / total) / 1000;
  spectrum.max_ms = static_cast<double>(samples.max()) / 1000;
  return spectrum;
}

std::string opening_text(const Command& command) {
  const auto seconds = std::chrono::duration<long double>(command.spec.duration).count();
  return fmt::format("Running {} test @ {}\n  {} threads and {} connections\n", seconds_text(seconds),
                     command.target.url, command.spec.threads, command.spec.connections);
}

Figures figures_of(const Command& command, const Outcome& outcome) {
  const auto duration_s = static_cast<long double>(outcome.duration_us) / 1e6L;
  const auto per_second = [&](std::uint64_t amount) {
    return duration_s > 0 ? static_cast<long double>(amount) / duration_s : 0;
  };
  Figures figures{
      .latency = row_of(outcome.latency),
      .rate = row_of(outcome.rate),
      .requests = outcome.requests,
      .duration_us = static_cast<long double>(outcome.duration_us),
      .bytes = static_cast<long double>(outcome.bytes),
      .errors = outcome.errors,
      .requests_per_s = per_second(outcome.requests),
      .bytes_per_s = per_second(outcome.bytes),
  };
  if (command.dialect == Dialect::wrk2) {
    const int connections_of_thread = command.spec.connections / command.spec.threads;
    const auto first_s = 10 + 0.005L * static_cast<long double>(connections_of_thread);
    if (duration_s >= first_s && !outcome.latency.empty()) {
      const auto p90_us = static_cast<long double>(outcome.latency_at(90));
      const Calibration each{.mean_us = static_cast<std::uint64_t>(outcome.latency.mean()),
                             .interval_ms = static_cast<int>(std::max(p90_us / 1000 * 2, 10.0L))};
      figures.calibrations.assign(static_cast<std::size_t>(command.spec.threads), each);
    }
    if (outcome.latency.empty()) figures.latency.near_mean_percent = 0;
    if (command.latency) figures.spectra.push_back(spectrum_of(outcome.latency));
    if (command.uncorrected_latency) figures.spectra.push_back(spectrum_of(outcome.uncorrected));
  } else if (command.latency) {
    for (const long double percent : {50.0L, 75.0L, 90.0L, 99.0L})
      figures.distribution.push_back({percent, static_cast<long double>(outcome.latency_at(percent))});
  }
  return figures;
}

std::string closing_text(const Command& command, const Figures& figures) {
  std::string text;
  for (const auto& each : figures.calibrations)
    text += fmt::format("  Thread calibration: mean lat.: {}ms, rate sampling interval: {}ms\n",
                        fixed(static_cast<long double>(each.mean_us) / 1000, 0, 3), each.interval_ms);
  text += fmt::format("  Thread Stats{:>6}{:>11}{:>8}{:>12}\n", "Avg", "Stdev", "Max", "+/- Stdev");
  text += row_text("Latency", figures.latency, time_text);
  text += row_text("Req/Sec", figures.rate, metric_text);
  if (command.dialect == Dialect::wrk && command.latency)
    text += "  Latency Distribution\n" + distribution_text(figures.distribution, 0);
  constexpr std::array kTitles{"Recorded Latency",
                               "Uncorrected Latency (measured without taking delayed starts into account)"};
  for (std::size_t i = 0; i < figures.spectra.size() && i < kTitles.size(); ++i)
    text += (i == 0 ? "" : "\n") + spectrum_text(figures.spectra[i], kTitles[i]);
  text += fmt::format("  {} requests in {}, {}B read\n", figures.requests, time_text(figures.duration_us),
                      binary_text(figures.bytes));
  const auto& errors = figures.errors;
  if (errors.connect + errors.read + errors.write + errors.timeout > 0)
    text += fmt::format("  Socket errors: connect {}, read {}, write {}, timeout {}\n", errors.connect, errors.read,
                        errors.write, errors.timeout);
  if (errors.status > 0) text += fmt::format("  Non-2xx or 3xx responses: {}\n", errors.status);
  text += fmt::format("Requests/sec: {}\n", fixed(figures.requests_per_s, 9, 2));
  text += fmt::format("Transfer/sec: {:>10}B\n", binary_text(figures.bytes_per_s));
  return text;
}

std::string audit_text(const Command& command, const load::Measurement& measurement) {
  const auto& requests = measurement.requests;
  const auto& connections = measurement.connections;
  auto text = fmt::format("Hotlap verdict: {}\n", load::to_text(measurement.verdict.level));
  for (const auto& reason : measurement.verdict.reasons) text += fmt::format("  - {}\n", reason);
  text += fmt::format(
      "  Good/sec: {:.2f} of {} loop, {} requests sent: {} answered ({} good), {} failed, {} timed out, "
      "{} in flight at the end\n",
      measurement.throughput_per_s, measurement.loop, requests.sent, requests.answered, requests.good, requests.failed,
      requests.timed_out, requests.in_flight_at_end);
  text += fmt::format("  Connections: {} requested, {} established, {} served, {} reconnects\n", connections.requested,
                      connections.established, connections.served, connections.reconnects);
  if (command.spec.open_loop())
    text += fmt::format("  Send lag: p50 {}, p99 {}, max {}; due but never sent: {}\n",
                        duration_or_dash(measurement.send_lag, 0.5), duration_or_dash(measurement.send_lag, 0.99),
                        duration_or_dash(measurement.send_lag, 1), measurement.never_sent + measurement.dropped);
  const auto censored = measurement.service_time_at_least.count();
  if (censored > 0)
    text += fmt::format("  {} requests had no answer; they stand in the latencies at their age\n", censored);
  if (command.compat_bugs)
    text += "  The text above follows wrk's arithmetic (--compat-bugs): its latencies are not measured ones\n";
  else if (command.batch_latency)
    text += "  Latencies above are per request: -B records only the last of a pipelined batch with --compat-bugs\n";
  return text;
}

}  // namespace hotlap::loadgen::wrk
