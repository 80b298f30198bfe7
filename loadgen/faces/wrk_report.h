// wrk's and wrk2's text, byte for byte in layout. Two steps, both pure: what is to be printed (figures), and how it
// stands on the page (text). The truth that has no place in that layout comes after it, and only when asked for.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "loadgen/contract/measurement.h"
#include "loadgen/faces/wrk_outcome.h"

namespace hotlap::loadgen::wrk {

struct StatsRow {
  long double mean = 0;
  long double deviation = 0;
  long double max = 0;
  long double near_mean_percent = 0;
};

struct AtPercent {
  long double percent;
  long double us;
};

// A row of wrk2's detailed spectrum.
struct SpectrumRow {
  double value_ms;
  double share;         // 0 to 1
  std::uint64_t count;  // at or below the value
};

// One of wrk2's blocks: "Recorded Latency", "Uncorrected Latency (…)".
struct Spectrum {
  std::vector<AtPercent> distribution;
  std::vector<SpectrumRow> rows;
  double mean_ms = 0;
  double deviation_ms = 0;
  double max_ms = 0;
  std::uint64_t count = 0;
};

// The line that wrk2 prints for each thread when its first ten seconds are over. We calibrate nothing: mean and p90
// are those of the run.
struct Calibration {
  std::uint64_t mean_us = 0;
  int interval_ms = 0;
};

struct Figures {
  StatsRow latency;  // µs
  StatsRow rate;     // per second and thread
  std::vector<Calibration> calibrations;
  std::vector<AtPercent> distribution;  // wrk -L
  std::vector<Spectrum> spectra;        // wrk2 -L: recorded; -U: then uncorrected
  std::uint64_t requests = 0;
  long double duration_us = 0;
  long double bytes = 0;
  SocketErrors errors;
  long double requests_per_s = 0;
  long double bytes_per_s = 0;
};

// Before the load starts.
[[nodiscard]] std::string opening_text(const Command& command);
// After it.
[[nodiscard]] Figures figures_of(const Command& command, const Outcome& outcome);
[[nodiscard]] std::string closing_text(const Command& command, const Figures& figures);
// --audit: behind "Transfer/sec".
[[nodiscard]] std::string audit_text(const Command& command, const load::Measurement& measurement);

// Values in three significant digits, as wrk2 keeps them (1 µs to 24 h): percentiles, and a row at each step towards
// 100 per cent, five steps to each halving of the distance.
[[nodiscard]] Spectrum spectrum_of(const Samples& microseconds);

}  // namespace hotlap::loadgen::wrk
