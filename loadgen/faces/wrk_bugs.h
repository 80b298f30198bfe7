// The arithmetic of wrk and wrk2 with its faults, for figures that have to be compared with old ones (--compat-bugs).
// Rebuilt from our histograms as far as these tell: a pipelined batch is taken to be answered as a whole, so the last
// response of a batch, the only one that wrk records, has the same times as the others. Pure functions.
// Faults: wrk invents samples for a closed loop ("correction"), with a gap that counts requests where its samples are
// batches; its percentiles stand half a rank too high; it forgets answers that came after the timeout. wrk2 forgets the
// latencies, but not the requests, of the first ten seconds and 5 ms for each connection of a thread.
#pragma once

#include <cstdint>

#include "loadgen/contract/measurement.h"
#include "loadgen/faces/wrk_outcome.h"

namespace hotlap::loadgen::wrk {

// `pipeline_depth`: requests in one batch, 1 or more.
[[nodiscard]] Outcome outcome_with_bugs(const Command& command, const load::Measurement& measurement,
                                        int pipeline_depth);

// One sample for each batch of `batch` requests.
[[nodiscard]] Samples per_batch(const Samples& per_request, std::uint64_t batch);

// wrk's correction: a sample of at least twice the gap also counts at value − gap, value − 2 gap … down to what is
// still above the gap. A gap of 0, which keeps wrk busy for ever, corrects nothing.
[[nodiscard]] Samples corrected(const Samples& samples, std::uint64_t gap_us);
// Its gap: the run time over what each connection answered, both divisions in integers. None below one answer each.
[[nodiscard]] std::uint64_t correction_gap_us(std::uint64_t duration_us, std::uint64_t requests,
                                              std::uint64_t connections);

}  // namespace hotlap::loadgen::wrk
