// Hotlap's own face of the load generator: its command line, and its text for people.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "loadgen/contract/load_spec.h"
#include "loadgen/contract/measurement.h"
#include "loadgen/faces/output.h"
#include "loadgen/faces/search_command.h"

namespace hotlap::loadgen {

struct NativeCommand {
  load::LoadSpec spec;
  std::vector<OutputFile> outputs;      // at most one to standard output, which then carries nothing else
  bool dump_schedule = false;           // print it instead of sending
  bool live = false;                    // show the run on standard error while it lasts
  bool events = false;                  // window_start and window_end as JSON lines before the document
  std::optional<SearchCommand> search;  // instead of one run
};

// Either a command to run, or the exit code of a command line that asked for help or could not be read (the text has
// been printed then).
[[nodiscard]] std::expected<NativeCommand, int> parse_native(int argc, char** argv);

// When the requests of an open loop's window are due, one per line in seconds from its start; --replay reads it back.
void print_schedule(const load::LoadSpec& spec, std::FILE* out);

// What the terminal shows after a run.
[[nodiscard]] std::string native_report(const load::LoadSpec& spec, const load::Measurement& measurement);

}  // namespace hotlap::loadgen
