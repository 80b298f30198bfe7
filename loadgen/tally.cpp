#include "loadgen/tally.h"

#include <ranges>

namespace hotlap::loadgen {

void Tally::merge(const Tally& other) {
  requests.add(other.requests);
  total.add(other.total);
  good_in_window += other.good_in_window;
  bytes_received += other.bytes_received;
  for (std::size_t i = 0; i < status.size(); ++i) status[i] += other.status[i];
  service_time.merge(other.service_time);
  response_time.merge(other.response_time);
  send_lag.merge(other.send_lag);
  for (const auto& found : other.errors | std::views::values)
    error(found.kind, found.count, [&] { return found.first; });
  if (series.size() < other.series.size()) series.resize(other.series.size());
  for (std::size_t i = 0; i < other.series.size(); ++i) {
    series[i].second = static_cast<std::int64_t>(i);
    series[i].good += other.series[i].good;
    series[i].bad += other.series[i].bad;
  }
  established += other.established;
  served += other.served;
  reconnects += other.reconnects;
  never_sent += other.never_sent;
  cpu_user += other.cpu_user;
  cpu_system += other.cpu_system;
}

}  // namespace hotlap::loadgen
