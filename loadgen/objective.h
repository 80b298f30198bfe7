// What a search asks of a window: "p99<5ms,errors<0.1%". All terms must hold, and none holds by not being known: a
// percentile that unfinished requests hide, or with fewer than ten samples beyond it, misses (docs/method.md,
// "Search"). Pure functions from a Measurement.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "loadgen/contract/load_spec.h"
#include "loadgen/contract/measurement.h"

namespace hotlap::loadgen {

struct Objective {
  struct Term {
    enum class Kind : std::uint8_t {
      percentile,  // of the response time
      mean,        // of the response time
      errors,      // sent but not answered as expected, as a share of sent
      throughput,  // good responses in the window as a share of the requests due in it; open loop only
    };
    Kind kind = Kind::percentile;
    double quantile = 0;     // percentile: 0.99
    double limit = 0;        // ns, or a share
    bool inclusive = false;  // the limit itself will do
    std::string text;        // "p99<5ms"
  };
  std::vector<Term> terms;

  // "p99<5ms", "p99.9<=10ms", "mean<2ms", "errors<0.1%", "throughput>=99.9%", joined by commas; each at most once.
  [[nodiscard]] static Result<Objective> parse(std::string_view text);
  [[nodiscard]] std::string text() const;  // parse() reads it back
  // Responses without which a window cannot tell.
  [[nodiscard]] std::uint64_t samples_needed() const noexcept;
};

struct Judged {
  bool met = false;
  std::string reason;  // the first that was missed, with its figures; empty when met
};

// Under an open loop the offered rate must have been sent and answered too, whatever the terms are.
[[nodiscard]] Judged meets(const Objective& objective, const load::Measurement& measurement);
// All connections established and served and no error of any kind, beside the objective.
[[nodiscard]] Judged meets_without_error(const Objective& objective, const load::Measurement& measurement);

}  // namespace hotlap::loadgen
