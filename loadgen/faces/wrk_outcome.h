// What wrk's text and its scripts' done() are told of a run: the figures of a Measurement under wrk's names. Times are
// whole microseconds. True: one sample per request, none invented; requests without an answer are in at their age.
#pragma once

#include <cstdint>

#include "loadgen/contract/measurement.h"
#include "loadgen/faces/wrk_command.h"
#include "loadgen/faces/wrk_samples.h"

namespace hotlap::loadgen::wrk {

struct SocketErrors {
  std::uint64_t connect = 0;
  std::uint64_t read = 0;
  std::uint64_t write = 0;
  std::uint64_t status = 0;  // answers above 399
  std::uint64_t timeout = 0;
};

struct Outcome {
  std::uint64_t duration_us = 0;
  std::uint64_t requests = 0;  // answered
  std::uint64_t bytes = 0;
  SocketErrors errors;
  Samples latency;               // wrk2: from the intended start
  Samples uncorrected;           // wrk2: from the hand-over to the kernel
  Samples rate;                  // answers per second and thread, one sample per whole second
  bool wrk_percentiles = false;  // by wrk's rank instead of ours (--compat-bugs)
  [[nodiscard]] std::uint64_t latency_at(long double percent) const noexcept {
    return wrk_percentiles ? latency.percentile_as_wrk(percent) : latency.percentile(percent);
  }
};

[[nodiscard]] Outcome outcome_of(const Command& command, const load::Measurement& measurement);

}  // namespace hotlap::loadgen::wrk
