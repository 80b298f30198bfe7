// Files that a run leaves for other programs: each format a pure function from the measurement to text, and one place
// that writes them. Times of requests without a whole response ("at least this") are in every format, never left out in
// silence; how, each says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loadgen/contract/load_spec.h"
#include "loadgen/contract/measurement.h"

namespace hotlap::loadgen {

enum class OutputFormat { json, csv, hgrm, hlog, openmetrics };

struct OutputFile {
  OutputFormat format;
  std::string path;  // "-": standard output
};

// One sentence when two of them have the same place.
[[nodiscard]] std::optional<std::string> find_clash(const std::vector<OutputFile>& files);

// Per second of the window a row with its counts and percentiles, and a last row "total" with the sums of the rows and
// the percentiles of the whole window. RFC 4180; nanoseconds. A percentile is empty where fewer than ten values lie
// beyond it; where requests without a whole response leave it open, the column …_at_least_ns of the total holds what it
// is at least. Rows of seconds are of whole responses only; `lost` stands beside. In a closed loop response times are
// service times.
[[nodiscard]] std::string csv_output(const load::Measurement& measurement);

// HdrHistogram's percentile text, in milliseconds, five steps for every halving of the distance to 100 %: of the
// response time in an open loop, of the service time in a closed one. Requests without a whole response count with
// their least time; a last comment says how many they are.
[[nodiscard]] std::string hgrm_output(const load::Measurement& measurement);

// HdrHistogram's log, version 1.3: per second a line with Tag=service_time, in an open loop also Tag=response_time and
// Tag=send_lag; times of requests without a whole response in one line for the whole window, Tag=…_at_least. Start
// stamps are seconds from the start of the window, `window_start_us` its wall-clock time since the epoch.
[[nodiscard]] std::string hlog_output(const load::Measurement& measurement, std::int64_t window_start_us);

// OpenMetrics text 1.0, everything named hotlap_load_…. Histograms have buckets at 1, 2 and 5 times powers of ten from
// 1 us to 100 s (a value within 0.1 % above a bound counts below it, our resolution); requests without a whole response
// stand in +Inf only, since they are not known to be below any bound.
[[nodiscard]] std::string openmetrics_output(const load::LoadSpec& spec, const load::Measurement& measurement);

[[nodiscard]] std::string output_text(OutputFormat format, const load::LoadSpec& spec,
                                      const load::Measurement& measurement, std::int64_t window_start_us);

// Error: ExitCode::store_failed with the path. The file is written in place: what was there is gone.
[[nodiscard]] Result<void> write_output(const std::string& path, std::string_view text);

}  // namespace hotlap::loadgen
