#include <fmt/core.h>

#include "loadgen/faces/native.h"
#include "loadgen/schedule.h"

namespace hotlap::loadgen {

void print_schedule(const load::LoadSpec& spec, std::FILE* out) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  Schedule schedule(spec, 0, 1);
  schedule.start(Instant{0});
  for (; schedule.due() < Instant{spec.duration.count()}; schedule.pass())
    if (const auto at = schedule.due().ns; at >= 0)
      std::fputs(fmt::format("{}.{:09}\n", at / kSecond, at % kSecond).c_str(), out);
}

}  // namespace hotlap::loadgen
