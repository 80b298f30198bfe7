// What `hotlap`'s sub-commands do once their command lines are read. Each returns the program's exit code, or the error
// that ends it; reports go to standard output, everything else to standard error.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "harness/check.h"
#include "harness/scenario_yaml.h"
#include "harness/session.h"
#include "harness/session_file.h"
#include "harness/target_verify.h"

namespace hotlap::harness {

struct ReportFiles {
  std::string html;  // empty: none
  std::string csv;
};

// How a session is carried out and told about, the same for run, resume and check.
struct SessionManner {
  std::string database = "hotlap.db";
  ReportFiles reports;
  std::string events;  // a file, or - for standard output, which then holds nothing else; empty: none
  bool quiet = false;
  std::string command_line;  // as typed, for the record
};

struct RunCommand {
  std::vector<std::string> files;
  ScenarioChoices choices;
  std::vector<std::string> filters;
  std::size_t most_cases = kMostCases;
  std::optional<std::uint64_t> seed;
  std::optional<int> trials;
  bool keep_going = false;
  ClaimPolicy claims = ClaimPolicy::report;  // a session file may say otherwise
  bool strict_needs = false;                 // a case that lacks a program is an error, not skipped
  std::optional<Nanos> budget;               // the most that all of it may take
  SessionManner manner;
};
// A session file is taken for what it says; the command line outranks it.
[[nodiscard]] Result<ExitCode> run(const RunCommand& command);
[[nodiscard]] Result<ExitCode> show_plan(const RunCommand& command);
// Of the command only what the plan is made from; without files the machine alone is looked at.
[[nodiscard]] Result<ExitCode> doctor(const RunCommand& command);

struct ResumeCommand {
  std::string session = "last";
  ResumeOptions options;
  SessionManner manner;
};
[[nodiscard]] Result<ExitCode> resume(const ResumeCommand& command);

struct ReportCommand {
  std::string session = "last";
  std::string database = "hotlap.db";
  ReportFiles reports;
};
[[nodiscard]] Result<ExitCode> report(const ReportCommand& command);
[[nodiscard]] Result<ExitCode> list_sessions(const std::string& database);
[[nodiscard]] Result<ExitCode> show(const std::vector<std::string>& requests, const std::string& database);

struct CheckCommand {
  CheckOptions options;
  SessionManner manner;
};
[[nodiscard]] Result<ExitCode> check_targets(CheckCommand command);

struct VerifyCommand {
  VerifyRequest request;
  std::string json;   // a file, or - for standard output, which then holds nothing else
  bool list = false;  // only say which probes there are
};
[[nodiscard]] Result<ExitCode> verify_target(const VerifyCommand& command);

// Becomes hotlap-load with these arguments; returns only when that fails.
[[nodiscard]] Result<ExitCode> become_load(const std::vector<std::string>& arguments);

}  // namespace hotlap::harness
