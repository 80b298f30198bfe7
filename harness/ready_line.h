// "hotlap-target ready port=8080 pid=12": how our programs say that they listen, what they have counted so far, and how
// they sum up at the end. Pure.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "results/record.h"

namespace hotlap::harness {

struct ReadyLine {
  std::uint16_t port = 0;
  pid_t pid = 0;
  // Of start scripts, at the end of the line: " reads=FILE runs=PROGRAM ARGUMENT…", each where it is said.
  std::string reads;
  std::string runs;
};
[[nodiscard]] std::optional<ReadyLine> parse_ready_line(std::string_view program, std::string_view line);

// Of "hotlap-target served requests=N … syscalls=N … store_calls=N": what it counted, from the last such line.
[[nodiscard]] std::optional<results::TargetCounts> served_counts(std::string_view log);

// Of /_stats of hotlap-target: the operations that it has sent to its database.
[[nodiscard]] std::optional<std::uint64_t> store_calls_in(std::string_view stats);

// The last line that says something, fit for a message; "" when there is none.
[[nodiscard]] std::string last_words(std::string_view log);

}  // namespace hotlap::harness
