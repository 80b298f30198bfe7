#include <fmt/chrono.h>
#include <fmt/core.h>

#include <algorithm>

#include "loadgen/faces/output.h"

namespace hotlap::loadgen {
namespace {

std::string line(std::string_view tag, double start_s, double length_s, const Histogram& histogram) {
  const auto buckets = histogram.buckets();
  const auto highest_ns = buckets.empty() ? 0 : buckets.back().highest_ns;
  return fmt::format("Tag={},{:.3f},{:.3f},{:.3f},{}\n", tag, start_s, length_s, static_cast<double>(highest_ns) / 1e6,
                     histogram.encode_base64());
}

}  // namespace

std::string hlog_output(const load::Measurement& measurement, std::int64_t window_start_us) {
  const auto start = fmt::format("{:.3f} (seconds since epoch)", static_cast<double>(window_start_us) / 1e6);
  std::string text = "#[Logged with hotlap-load " HOTLAP_VERSION "]\n#[Histogram log format version 1.3]\n";
  text += fmt::format("#[StartTime: {}, {:%Y-%m-%dT%H:%M:%SZ}]\n#[BaseTime: {}]\n", start,
                      fmt::gmtime(static_cast<std::time_t>(window_start_us / 1'000'000)), start);
  text += "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n";
  const double window_s = in_seconds(measurement.window);
  const bool open = measurement.loop == "open";
  for (const auto& second : measurement.series) {
    const auto start_s = static_cast<double>(second.second);
    const double length_s = std::clamp(window_s - start_s, 0.0, 1.0);
    const auto add = [&](std::string_view tag, const Histogram::Sparse& sparse) {
      Histogram histogram;
      histogram.add(sparse);
      text += line(tag, start_s, length_s, histogram);
    };
    add("service_time", second.service_time);
    if (!open) continue;
    add("response_time", second.response_time);
    add("send_lag", second.send_lag);
  }
  if (!measurement.service_time_at_least.empty())
    text += line("service_time_at_least", 0, window_s, measurement.service_time_at_least);
  if (open && !measurement.response_time_at_least.empty())
    text += line("response_time_at_least", 0, window_s, measurement.response_time_at_least);
  return text;
}

}  // namespace hotlap::loadgen
