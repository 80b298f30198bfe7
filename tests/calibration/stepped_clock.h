// What a test and the library stepped_clock share: a mapped file. Any thread, any process.
#pragma once

#include <atomic>
#include <cstdint>

namespace hotlap::calibration {

struct SteppedClock {
  std::atomic<std::int64_t> offset_s;        // added to the wall clock; zero: not stepped yet
  std::atomic<std::uint64_t> stepped_reads;  // of the wall clock since the step
};

}  // namespace hotlap::calibration
