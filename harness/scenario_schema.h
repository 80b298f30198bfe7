// The scenario language as a JSON Schema (draft 2020-12), for editors that complete and check while somebody types.
// Made of the tables in scenario_keys.h, which the reader uses too. A schema cannot know everything: whether axes
// exist, whether settings fit together. Pure.
#pragma once

#include <string>

namespace hotlap::harness {

[[nodiscard]] std::string scenario_schema();

}  // namespace hotlap::harness
