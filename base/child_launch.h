// What becomes of a child between fork and exec, and what has to be ready for it before. For process.cpp.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/process.h"

namespace hotlap {

// What the child needs to know between fork and exec, prepared before.
struct ChildLaunch {
  const ProcessOptions* options;
  const char* path;
  char* const* arguments;
  char* const* environment;
  int output;
  int log;     // -1: the output
  int ready;   // -1: none
  int report;  // takes errno when the child cannot go on
};

// In the child: its group, its descriptors, folder and processors, then the program. Only async-signal-safe calls.
[[noreturn]] void run_child(const ChildLaunch& launch, pid_t keeper);

// Ours, with what the options say laid over it: "NAME=value".
[[nodiscard]] std::vector<std::string> merged_environment(const ProcessOptions& options);
// As execve takes them. Valid as long as the strings.
[[nodiscard]] std::vector<char*> argument_vector(std::vector<std::string>& strings);

}  // namespace hotlap
