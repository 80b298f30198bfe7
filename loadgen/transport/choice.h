// Which transport `--transport auto` means.
#pragma once

#include "loadgen/contract/load_spec.h"

namespace hotlap::loadgen {

// Whether io_uring, where the kernel has it, is the better way for this load. Pure: from the specification alone.
[[nodiscard]] bool uring_is_better_for(const load::LoadSpec& spec) noexcept;

}  // namespace hotlap::loadgen
