// A spot in a scenario file, so that every complaint begins with file:line:column.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>

#include "base/error.h"

namespace hotlap::harness {

struct Place {
  int line = 0;  // from 1; 0: not from a file
  int column = 0;
  bool operator==(const Place&) const = default;
};

// "quick.yaml:12:9: sentence"; without a line only "quick.yaml: sentence".
[[nodiscard]] inline std::string located(std::string_view file, Place place, std::string_view sentence) {
  return place.line > 0 ? fmt::format("{}:{}:{}: {}", file, place.line, place.column, sentence)
                        : fmt::format("{}: {}", file, sentence);
}

[[nodiscard]] inline std::unexpected<Error> fail_at(std::string_view file, Place place, std::string_view sentence) {
  return fail(located(file, place, sentence), ExitCode::bad_config);
}

}  // namespace hotlap::harness
