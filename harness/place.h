// A spot in a scenario file, so that every complaint begins with file:line:column. What was merged from another file,
// or given by --set, says so.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>

#include "base/error.h"

namespace hotlap::harness {

struct Place {
  int line = 0;  // from 1; 0: not from a file
  int column = 0;
  std::string file;  // empty: the scenario's own
  bool operator==(const Place&) const = default;
};

// "quick.yaml:12:9: sentence"; without a line only "quick.yaml: sentence".
[[nodiscard]] inline std::string located(std::string_view file, const Place& place, std::string_view sentence) {
  if (!place.file.empty()) file = place.file;
  return place.line > 0 ? fmt::format("{}:{}:{}: {}", file, place.line, place.column, sentence)
                        : fmt::format("{}: {}", file, sentence);
}

[[nodiscard]] inline std::unexpected<Error> fail_at(std::string_view file, const Place& place,
                                                    std::string_view sentence) {
  return fail(located(file, place, sentence), ExitCode::bad_config);
}

// "line 3", "line 3 of base.yaml", "--set 1": another place that a sentence speaks of.
[[nodiscard]] inline std::string elsewhere(const Place& place) {
  if (place.line == 0) return place.file;
  return fmt::format("line {}{}{}", place.line, place.file.empty() ? "" : " of ", place.file);
}

}  // namespace hotlap::harness
