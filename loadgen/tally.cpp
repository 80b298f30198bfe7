#include "loadgen/tally.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <ranges>

namespace hotlap::loadgen {
namespace {

std::size_t class_of(int status) {
  return static_cast<std::size_t>(std::clamp(status / 100, 0, 5));
}

void add(Histogram::Sparse& into, const Histogram::Sparse& from) {
  if (into.empty()) {
    into = from;
    return;
  }
  std::map<std::uint32_t, std::uint32_t> sum(into.begin(), into.end());
  for (const auto& [index, count] : from) sum[index] += count;
  into.assign(sum.begin(), sum.end());
}

// Jain's index of evenness: 1 when all are equal, 1/n when one has everything.
double fairness(const std::vector<std::uint64_t>& shares) {
  double sum = 0, squares = 0;
  for (const auto share : shares) {
    sum += static_cast<double>(share);
    squares += static_cast<double>(share) * static_cast<double>(share);
  }
  return squares == 0 ? 1 : sum * sum / (static_cast<double>(shares.size()) * squares);
}

}  // namespace

void Tally::reserve(std::size_t kinds, std::int64_t seconds, bool open_loop) {
  open_loop_ = open_loop;
  kinds_.resize(kinds);
  for (auto& kind : kinds_) {
    kind.at_once[2].reserve();
    kind.in_parts[2].reserve();
    if (open_loop) kind.response_time.reserve();
  }
  first_byte_in_parts_.reserve();
  punctual_.reserve();
  if (open_loop) held_up_.reserve();
  series_.resize(static_cast<std::size_t>(std::max<std::int64_t>(seconds, 1)));
  for (std::size_t i = 0; i < series_.size(); ++i) series_[i].second = static_cast<std::int64_t>(i);
}

void Tally::sent(std::uint16_t kind, std::uint64_t count, Nanos lag, bool held_up) {
  kinds_[kind].requests.sent += count;
  second().sent += count;
  (held_up ? held_up_ : punctual_).record(lag, count);
}

void Tally::answered(std::uint16_t kind, std::uint64_t count, int status, bool good, bool in_one_read,
                     Nanos service_time, Nanos response_time) {
  auto& of_kind = kinds_[kind];
  of_kind.requests.answered += count;
  if (good) of_kind.requests.good += count;
  status_[static_cast<std::size_t>(status)] += count;
  (in_one_read ? of_kind.at_once : of_kind.in_parts)[class_of(status)].record(service_time, count);
  if (open_loop_) of_kind.response_time.record(response_time, count);
}

void Tally::lost(std::uint64_t count) {
  second().lost += count;
}

void Tally::failed(std::uint16_t kind, std::uint64_t count) {
  kinds_[kind].requests.failed += count;
  lost(count);
}

void Tally::timed_out(std::uint16_t kind, std::uint64_t count, Nanos service_at_least, Nanos response_at_least) {
  kinds_[kind].requests.timed_out += count;
  service_at_least_.record(service_at_least, count);
  response_at_least_.record(response_at_least, count);
  lost(count);
}

void Tally::in_flight_at_end(std::uint16_t kind, std::uint64_t count, Nanos service_at_least, Nanos response_at_least) {
  kinds_[kind].requests.in_flight_at_end += count;
  service_at_least_.record(service_at_least, count);
  response_at_least_.record(response_at_least, count);
}

void Tally::reserve_audit() {
  audit_.emplace();
  audit_->wire_time.reserve();
  audit_->send_share.reserve();
  audit_->receive_share.reserve();
}

void Tally::paired(std::uint64_t count, Nanos wire_time, Nanos send_share, Nanos receive_share) {
  audit_->paired += count;
  audit_->wire_time.record(wire_time, count);
  audit_->send_share.record(send_share, count);
  audit_->receive_share.record(receive_share, count);
}

void Tally::never_sent(Nanos response_at_least) {
  ++never_sent_;
  response_at_least_.record(response_at_least);
}

void Tally::dropped(Nanos response_at_least) {
  ++dropped_;
  response_at_least_.record(response_at_least);
}

void Tally::arrived(std::int64_t second, std::uint64_t count, bool good) {
  if (second_is_over(second)) roll_to(second);
  if (good) {
    good_in_window += count;
    this->second().good += count;
  } else {
    this->second().bad += count;
  }
}

void Tally::received(std::int64_t second, std::uint64_t bytes) {
  if (second_is_over(second)) roll_to(second);
  bytes_received_ += bytes;
  this->second().bytes_received += bytes;
}

void Tally::roll_to(std::int64_t second) {
  const auto last = static_cast<std::int64_t>(series_.size()) - 1;
  if (second_ >= last) return;
  finish();
  second_ = std::min(second, last);
}

void Tally::finish() {
  const auto pour = [](GrowingHistogram& histogram, Histogram& second) { histogram.roll(second); };
  auto& [service, response, lag, ignored] = of_second_;
  for (auto& kind : kinds_) {
    for (auto& histogram : kind.at_once) pour(histogram, service);
    for (auto& histogram : kind.in_parts) pour(histogram, service);
    pour(kind.response_time, response);
  }
  pour(punctual_, lag);
  pour(held_up_, lag);
  pour(first_byte_in_parts_, ignored);
  ignored.clear();
  auto& sample = second();
  last_p99_ = service.quantile(0.99);
  add(sample.service_time, service.drain());
  add(sample.response_time, response.drain());
  add(sample.send_lag, lag.drain());
}

void Tally::merge(const Tally& other) {
  open_loop_ = other.open_loop_;
  if (kinds_.size() < other.kinds_.size()) kinds_.resize(other.kinds_.size());
  if (series_.size() < other.series_.size()) series_.resize(other.series_.size());
  const auto pour = [](GrowingHistogram& into, const GrowingHistogram& from) { into.add(from.whole()); };
  for (std::size_t i = 0; i < other.kinds_.size(); ++i) {
    const auto& from = other.kinds_[i];
    auto& into = kinds_[i];
    into.requests.add(from.requests);
    for (std::size_t c = 0; c < from.at_once.size(); ++c) pour(into.at_once[c], from.at_once[c]);
    for (std::size_t c = 0; c < from.in_parts.size(); ++c) pour(into.in_parts[c], from.in_parts[c]);
    pour(into.response_time, from.response_time);
  }
  pour(punctual_, other.punctual_);
  pour(held_up_, other.held_up_);
  pour(first_byte_in_parts_, other.first_byte_in_parts_);
  service_at_least_.merge(other.service_at_least_);
  response_at_least_.merge(other.response_at_least_);
  never_sent_ += other.never_sent_;
  dropped_ += other.dropped_;
  bytes_received_ += other.bytes_received_;
  for (std::size_t i = 0; i < status_.size(); ++i) status_[i] += other.status_[i];
  for (std::size_t i = 0; i < other.series_.size(); ++i) {
    const auto& from = other.series_[i];
    auto& into = series_[i];
    into.second = static_cast<std::int64_t>(i);
    into.good += from.good;
    into.bad += from.bad;
    into.sent += from.sent;
    into.lost += from.lost;
    into.bytes_received += from.bytes_received;
    add(into.service_time, from.service_time);
    add(into.response_time, from.response_time);
    add(into.send_lag, from.send_lag);
  }
  if (other.audit_) {
    if (!audit_) audit_.emplace();
    audit_->paired += other.audit_->paired;
    audit_->unpaired += other.audit_->unpaired;
    audit_->wire_time.merge(other.audit_->wire_time);
    audit_->send_share.merge(other.audit_->send_share);
    audit_->receive_share.merge(other.audit_->receive_share);
  }
  total.add(other.total);
  good_in_window += other.good_in_window;
  for (const auto& found : other.errors | std::views::values) {
    auto& into = error(found.kind, found.count, found.first_at, [&] { return found.first; });
    if (found.first_at && into.first_at && *found.first_at < *into.first_at) {
      into.first_at = found.first_at;
      into.first = found.first;
    }
    into.after.merge(found.after);
  }
  established += other.established;
  reconnects += other.reconnects;
  answers.insert(answers.end(), other.answers.begin(), other.answers.end());
  connect_time.merge(other.connect_time);
}

void Tally::write(load::Measurement& measurement, const std::vector<std::string>& names) const {
  measurement.total = total;
  measurement.good_in_window = good_in_window;
  measurement.bytes_received = bytes_received_;
  for (std::size_t code = 0; code < status_.size(); ++code)
    if (status_[code] > 0) measurement.status[static_cast<int>(code)] = status_[code];
  for (const auto& error : errors | std::views::values) measurement.errors.push_back(error);
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    const auto& kind = kinds_[i];
    load::RequestKindResult result{
        .name = names[i], .requests = kind.requests, .service_time = {}, .response_time = {}};
    for (std::size_t c = 0; c < kind.at_once.size(); ++c) {
      const auto& at_once = kind.at_once[c].whole();
      const auto& in_parts = kind.in_parts[c].whole();
      measurement.first_byte_time.merge(at_once);
      result.service_time.merge(at_once);
      result.service_time.merge(in_parts);
      if (at_once.empty() && in_parts.empty()) continue;
      auto& of_class = measurement.service_time_by_class[fmt::format("{}xx", c)];
      of_class.merge(at_once);
      of_class.merge(in_parts);
    }
    result.response_time = open_loop_ ? kind.response_time.whole() : result.service_time;
    measurement.requests.add(kind.requests);
    measurement.service_time.merge(result.service_time);
    measurement.response_time.merge(result.response_time);
    if (kinds_.size() > 1) measurement.by_request.push_back(std::move(result));
  }
  measurement.first_byte_time.merge(first_byte_in_parts_.whole());
  measurement.held_up = held_up_.whole();
  measurement.send_lag = punctual_.whole();
  measurement.send_lag.merge(measurement.held_up);
  measurement.service_time_at_least = service_at_least_;
  measurement.response_time_at_least = response_at_least_;
  measurement.connect_time = connect_time;
  measurement.never_sent = never_sent_;
  measurement.dropped = dropped_;
  measurement.scheduled = open_loop_ ? measurement.requests.sent + never_sent_ + dropped_ : 0;
  measurement.series = series_;
  measurement.audit = audit_;

  auto& connections = measurement.connections;
  connections.established = established;
  connections.reconnects = reconnects;
  connections.served = static_cast<std::uint64_t>(std::ranges::count_if(answers, [](auto count) { return count > 0; }));
  if (!answers.empty()) {
    auto sorted = answers;
    std::ranges::sort(sorted);
    connections.least_answers = sorted.front();
    connections.median_answers = sorted[sorted.size() / 2];
    connections.most_answers = sorted.back();
    connections.fairness = fairness(sorted);
  }
}

}  // namespace hotlap::loadgen
