// What one worker counts. Each worker owns its tally; merge() after the join, so counting needs no atomics.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/histogram.h"
#include "loadgen/contract/measurement.h"

namespace hotlap::loadgen {

struct Tally {
  load::RequestCounts requests;  // of the window, by intended start
  load::RequestCounts total;     // of the whole run
  std::uint64_t good_in_window = 0;
  std::uint64_t bytes_received = 0;
  std::array<std::uint64_t, 600> status{};  // of the window's requests
  Histogram service_time;
  Histogram response_time;
  Histogram send_lag;
  std::map<std::string, load::ErrorCount, std::less<>> errors;
  std::vector<load::SecondSample> series;
  std::uint64_t established = 0;  // most open at once
  std::uint64_t served = 0;
  std::uint64_t reconnects = 0;
  std::uint64_t never_sent = 0;  // due inside the window, but no connection had room (open loop)
  Nanos cpu_user{};
  Nanos cpu_system{};

  // `first` is made only for the first of its kind.
  template <class MakeFirst>
  void error(std::string_view kind, std::uint64_t count, MakeFirst make_first) {
    const auto found = errors.find(kind);
    if (found != errors.end()) {
      found->second.count += count;
    } else {
      errors.emplace(kind, load::ErrorCount{std::string(kind), count, make_first()});
    }
  }
  void merge(const Tally& other);
};

}  // namespace hotlap::loadgen
