#include "reports/inside_windows.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <map>

namespace hotlap::reports {
namespace {

// Of the second that begins so long after the window's start; zero when it lies behind its end.
double seconds_within(Nanos window, std::int64_t second) {
  const Nanos left = window - std::chrono::seconds(second);
  return std::chrono::duration<double>(std::clamp<Nanos>(left, Nanos::zero(), std::chrono::seconds(1))).count();
}

struct OneSecond {
  double good = 0, length = 0;
  std::uint64_t bad = 0, lost = 0;
  double low_per_s = 0, high_per_s = 0;
  Histogram times;
};

}  // namespace

std::vector<SecondRow> seconds_of(const Measurements& trials) {
  std::map<std::int64_t, OneSecond> seconds;
  for (const auto* trial : trials)
    for (const auto& sample : trial->series) {
      const double length = seconds_within(trial->window, sample.second);
      if (length <= 0) continue;
      auto& one = seconds[sample.second];
      const auto good = static_cast<double>(sample.good);
      one.low_per_s = one.length > 0 ? std::min(one.low_per_s, good / length) : good / length;
      one.high_per_s = std::max(one.high_per_s, good / length);
      one.good += good;
      one.length += length;
      one.bad += sample.bad;
      one.lost += sample.lost;
      one.times.add(sample.response_time.empty() ? sample.service_time : sample.response_time);
    }
  std::vector<SecondRow> rows;
  for (const auto& [second, one] : seconds)
    rows.push_back({.second = second,
                    .throughput_per_s = one.good / one.length,
                    .throughput_low_per_s = one.low_per_s,
                    .throughput_high_per_s = one.high_per_s,
                    .bad = one.bad,
                    .lost = one.lost,
                    .p50 = load::percentile(one.times, {}, 0.5),
                    .p99 = load::percentile(one.times, {}, 0.99)});
  return rows;
}

std::vector<StatusRow> statuses_of(const Measurements& trials) {
  std::map<std::string, StatusRow> rows;
  std::map<std::string, Histogram> times;
  for (const auto* trial : trials) {
    for (const auto& [status, count] : trial->status) {
      auto& row = rows[fmt::format("{}xx", status / 100)];
      row.answered += count;
      row.codes[status] += count;
    }
    for (const auto& [status_class, histogram] : trial->service_time_by_class) times[status_class].merge(histogram);
  }
  std::vector<StatusRow> list;
  for (auto& [status_class, row] : rows) {
    row.status_class = status_class;
    row.service_time = percentiles_of(times[status_class]);
    list.push_back(std::move(row));
  }
  return list;
}

std::vector<RequestRow> requests_of(const Measurements& trials) {
  std::vector<RequestRow> rows;  // in the order of the requests document
  std::vector<Histogram> times;
  for (const auto* trial : trials)
    for (const auto& request : trial->by_request) {
      const auto known = std::ranges::find(rows, request.name, &RequestRow::name);
      const auto at = static_cast<std::size_t>(known - rows.begin());
      if (known == rows.end()) {
        rows.push_back({.name = request.name, .requests = {}, .response_time = {}});
        times.emplace_back();
      }
      rows[at].requests.add(request.requests);
      times[at].merge(request.response_time);
    }
  for (std::size_t at = 0; at < rows.size(); ++at) rows[at].response_time = percentiles_of(times[at]);
  return rows;
}

}  // namespace hotlap::reports
