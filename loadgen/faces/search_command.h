// The command line of the searches (--find, --sweep): its flags, and the whole of such a run with its text for people
// and its JSON document (schema hotlap.search/1).
#pragma once

#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "loadgen/search.h"
#include "loadgen/sweep.h"

namespace CLI {
class App;
}

namespace hotlap::loadgen {

struct SearchFlags {
  std::string find, objective, sweep, from, up_to;
  std::string resolution = "2%";
  int most_windows = 60;
};
void add_search_options(CLI::App& app, SearchFlags& flags);

using SearchCommand = std::variant<SearchPlan, SweepPlan>;
// None when no search was asked for. Errors name the flag.
[[nodiscard]] Result<std::optional<SearchCommand>> parse_search(const SearchFlags& flags, const load::LoadSpec& spec);

struct SearchReport {
  std::string json;
  ExitCode code = ExitCode::success;  // invalid_run: nothing met the objective
};
// Prints the plan with its most windows and time, a line for each window as it ends, and what was found.
[[nodiscard]] SearchReport run_search(const SearchCommand& command, const load::LoadSpec& spec, std::FILE* out,
                                      const std::function<bool()>& stop_requested);

}  // namespace hotlap::loadgen
