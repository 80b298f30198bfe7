// What one worker counts. Each worker owns its tally; merge() after the join, so counting needs no atomics. Times are
// recorded once, into histograms of the current second; at its end these are kept as the second's and poured into the
// whole. Recording allocates nothing after reserve().
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/histogram.h"
#include "loadgen/contract/measurement.h"

namespace hotlap::loadgen {

// A histogram of the second that runs and of all before it.
class GrowingHistogram {
 public:
  void reserve() {
    now_.reserve();
    whole_.reserve();
  }
  void record(Nanos value, std::uint64_t count) { now_.record(value, count); }
  // Ends the second: its counts go to `second` and into the whole.
  void roll(Histogram& second) {
    second.merge(now_);
    whole_.merge(now_);
    now_.clear();
  }
  void add(const Histogram& other) { whole_.merge(other); }
  [[nodiscard]] const Histogram& whole() const noexcept { return whole_; }  // without the second that runs

 private:
  Histogram now_;
  Histogram whole_;
};

class Tally {
 public:
  // Of one kind of request, in the window.
  struct Kind {
    load::RequestCounts requests;
    std::array<GrowingHistogram, 6> at_once;   // service time by status class, of responses that came in one read
    std::array<GrowingHistogram, 6> in_parts;  // and of those that took several
    GrowingHistogram response_time;            // open loop only: in a closed loop it is the service time
  };

  // `seconds` of the window; of `kinds` kinds of requests; `open_loop`: response time and send lag are recorded apart.
  void reserve(std::size_t kinds, std::int64_t seconds, bool open_loop);

  // All for `count` equal requests of the window.
  void sent(std::uint16_t kind, std::uint64_t count, Nanos lag, bool held_up);
  void answered(std::uint16_t kind, std::uint64_t count, int status, bool good, bool in_one_read, Nanos service_time,
                Nanos response_time);
  void first_byte(Nanos time) { first_byte_in_parts_.record(time, 1); }
  void failed(std::uint16_t kind, std::uint64_t count);
  void timed_out(std::uint16_t kind, std::uint64_t count, Nanos service_at_least, Nanos response_at_least);
  void in_flight_at_end(std::uint16_t kind, std::uint64_t count, Nanos service_at_least, Nanos response_at_least);
  // Audit mode, after reserve_audit().
  void reserve_audit();
  void paired(std::uint64_t count, Nanos wire_time, Nanos send_share, Nanos receive_share);
  void unpaired(std::uint64_t count) { audit_->unpaired += count; }
  void never_sent(Nanos response_at_least);
  void dropped(Nanos response_at_least);

  // By the second in which it happened, counted from the window's start; beyond the last belongs to the last.
  void arrived(std::int64_t second, std::uint64_t count, bool good);
  void received(std::int64_t second, std::uint64_t bytes);
  [[nodiscard]] bool second_is_over(std::int64_t second) const noexcept { return second > second_; }
  void roll_to(std::int64_t second);
  [[nodiscard]] Nanos last_p99() const noexcept { return last_p99_; }  // service time, of the last whole second

  // `first` is made only for the first of its kind.
  template <class MakeFirst>
  load::ErrorCount& error(std::string_view kind, std::uint64_t count, std::optional<Nanos> at, MakeFirst make_first) {
    auto found = errors.find(kind);
    if (found == errors.end())
      found =
          errors
              .emplace(kind,
                       load::ErrorCount{
                           .kind = std::string(kind), .count = 0, .first = make_first(), .first_at = at, .after = {}})
              .first;
    found->second.count += count;
    return found->second;
  }

  // Pours the last second; before merge() and summing up.
  void finish();
  void merge(const Tally& other);
  // What is in here, as the document says it. `names`: of the kinds, in their order.
  void write(load::Measurement& measurement, const std::vector<std::string>& names) const;

  load::RequestCounts total;  // of the whole run
  std::uint64_t good_in_window = 0;
  std::map<std::string, load::ErrorCount, std::less<>> errors;
  std::uint64_t established = 0;  // most open at once
  std::uint64_t reconnects = 0;
  std::vector<std::uint64_t> answers;  // of each connection, in the window
  Histogram connect_time;
  load::ThreadUse use;

 private:
  void lost(std::uint64_t count);
  load::SecondSample& second() { return series_[static_cast<std::size_t>(second_)]; }

  bool open_loop_ = false;
  std::vector<Kind> kinds_;
  std::array<std::uint64_t, 600> status_{};
  GrowingHistogram punctual_;  // send lag of requests that found a connection with room
  GrowingHistogram held_up_;   // of those that waited for one
  GrowingHistogram first_byte_in_parts_;
  Histogram service_at_least_;
  Histogram response_at_least_;
  std::uint64_t never_sent_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t bytes_received_ = 0;
  std::optional<load::AuditResult> audit_;
  std::int64_t second_ = 0;
  Nanos last_p99_{};
  std::vector<load::SecondSample> series_;
  struct Times {
    Histogram service, response, lag, ignored;
  } of_second_;  // empty between the ends of seconds
};

}  // namespace hotlap::loadgen
