// What a case needs that a machine may lack: programs, modules of Python, start scripts; and where each is to be had.
// A need is written as in a scenario's `needs`: "nginx", "/opt/x/bin/y", "python:aiohttp" for a module of Debian's
// python3, or "run: ./check --all" for a command that exits 0 when all is there and else says what is not.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "harness/plan.h"
#include "harness/programs.h"

namespace hotlap::harness {

// The package of Debian that has it, by one table for all messages; empty: not known. Pure.
[[nodiscard]] std::string package_of(std::string_view need);
// "install it with 'apt-get install nginx-light'". Pure.
[[nodiscard]] std::string remedy_for(std::string_view need);
// The lines that begin with "# needs:" in a start script. Pure.
[[nodiscard]] std::vector<std::string> needs_in_script(std::string_view script);

// Where programs are that are not in everybody's PATH: /usr/sbin, and PostgreSQL's own folders.
[[nodiscard]] std::optional<std::string> find_needed_program(const std::string& name);

// Asks the machine, each need once.
class Machine {
 public:
  // What is missing and its remedy, as a sentence; empty: the need is met.
  using Ask = std::function<std::string(const std::string&)>;
  Machine();
  explicit Machine(Ask ask) : ask_(std::move(ask)) {}  // for tests
  [[nodiscard]] const std::string& lacks(const std::string& need);

 private:
  Ask ask_;
  std::map<std::string, std::string> known_;
};

// All that this case needs besides Hotlap's own programs: what the scenario says, its command's program, and what its
// services and its front say. Error (missing_program): a start script is nowhere.
[[nodiscard]] Result<std::vector<std::string>> needs_of(const PlannedCase& planned, const Scenario& scenario,
                                                        const Programs& programs);

// Why this case cannot run here, a sentence with the remedy; empty: it can.
[[nodiscard]] std::string why_not_here(const PlannedCase& planned, const Scenario& scenario, const Programs& programs,
                                       Machine& machine);

}  // namespace hotlap::harness
