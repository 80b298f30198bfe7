#include "harness/commands.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/process.h"
#include "harness/listing.h"
#include "harness/output_file.h"
#include "harness/scenario_yaml.h"
#include "harness/session.h"
#include "reports/csv.h"
#include "reports/html.h"
#include "reports/terminal.h"
#include "reports/view.h"
#include "results/store.h"

namespace hotlap::harness {
namespace {

int terminal_width(int descriptor) {
  winsize size{};
  return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 120;
}

// https://no-color.org
bool wants_color() {
  const char* no_color = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) != 0 && (!no_color || *no_color == '\0');
}

// Both go on when the stream cannot take the text: what else there is to do matters more.
void print(std::string_view text) {
  (void)std::fwrite(text.data(), 1, text.size(), stdout);
  (void)std::fflush(stdout);
}

void note(std::string_view text) {
  (void)std::fputs(fmt::format("hotlap: {}\n", text).c_str(), stderr);
}

Programs sister_programs() {
  return {own_directory()};
}

Progress make_progress(bool quiet) {
  return {stderr, {.terminal = ::isatty(STDERR_FILENO) != 0, .quiet = quiet, .width = terminal_width(STDERR_FILENO)}};
}

// A database that is to be read must be there: opening would create it.
Result<results::Store> open_existing(const std::string& database) {
  std::error_code error;
  if (!std::filesystem::exists(database, error))
    return fail(fmt::format("database {} does not exist; 'hotlap run FILE --db {}' makes it, or name another with --db",
                            database, database),
                ExitCode::usage);
  return results::Store::open(database);
}

Result<void> write_reports(const reports::View& view, const ReportFiles& files) {
  if (!files.html.empty()) {
    if (auto written = write_file(files.html, reports::html_report(view)); !written) return written;
    note(fmt::format("page     {}", files.html));
  }
  if (files.csv.empty()) return {};
  if (auto written = write_file(files.csv, reports::trials_csv(view)); !written) return written;
  if (auto written = write_file(cases_path(files.csv), reports::cases_csv(view)); !written) return written;
  note(fmt::format("tables   {}, {}", files.csv, cases_path(files.csv)));
  return {};
}

void print_terminal_report(const reports::View& view) {
  print(reports::terminal_report(view, {.color = wants_color(), .width = terminal_width(STDOUT_FILENO)}));
}

Result<Plan> plan_from(const RunCommand& command) {
  std::vector<Scenario> scenarios;
  for (const auto& file : command.files) {
    auto scenario = load_scenario(file);
    if (!scenario) return std::unexpected(scenario.error());
    scenarios.push_back(std::move(*scenario));
  }
  return make_plan(std::move(scenarios), {.profile = command.profile,
                                          .filters = command.filters,
                                          .seed = command.seed,
                                          .trials = command.trials,
                                          .machine = CpuSet::available()});
}

// What a session leaves behind, whatever it ended in: warnings, the table, files, where the data is.
Result<void> hand_over(const SessionOutcome& outcome, const ReportFiles& files, const std::string& database) {
  const auto view = reports::build_view(outcome.record);
  print_terminal_report(view);
  auto written = write_reports(view, files);
  if (outcome.store_error)
    note(fmt::format("{}; the figures above are complete, but from there on they are not in the database",
                     outcome.store_error->message));
  else
    note(fmt::format("database {}, session {}", database, outcome.record.id));
  return written;
}

}  // namespace

Result<ExitCode> run(const RunCommand& command) {
  const auto plan = plan_from(command);
  if (!plan) return std::unexpected(plan.error());
  auto store = results::Store::open(command.database);
  if (!store) return std::unexpected(store.error());
  for (const auto& warning : plan->warnings) note("warning: " + warning);
  const auto& stop = watch_stop_signals();
  auto progress = make_progress(command.quiet);
  const auto outcome = run_session(*plan, *store, sister_programs(), command.command_line, progress, stop);
  if (!outcome) return std::unexpected(outcome.error());
  const auto written = hand_over(*outcome, command.reports, command.database);
  const auto code = exit_code_of(*outcome);
  if (outcome->interrupted) note("interrupted: every finished trial is kept");
  if (!written && code == ExitCode::success) return std::unexpected(written.error());
  if (!written) note(written.error().message);
  return code;
}

Result<ExitCode> show_plan(const RunCommand& command) {
  const auto plan = plan_from(command);
  if (!plan) return std::unexpected(plan.error());
  print(plan_text(*plan, sister_programs()));
  return ExitCode::success;
}

Result<ExitCode> report(const ReportCommand& command) {
  auto store = open_existing(command.database);
  if (!store) return std::unexpected(store.error());
  const auto session = store->load_session(command.session);
  if (!session) return std::unexpected(session.error());
  const auto view = reports::build_view(*session);
  if (command.reports.html.empty() && command.reports.csv.empty()) print_terminal_report(view);
  if (auto written = write_reports(view, command.reports); !written) return std::unexpected(written.error());
  return ExitCode::success;
}

Result<ExitCode> list_sessions(const std::string& database) {
  auto store = open_existing(database);
  if (!store) return std::unexpected(store.error());
  const auto sessions = store->list_sessions();
  if (!sessions) return std::unexpected(sessions.error());
  print(sessions_text(*sessions));
  return ExitCode::success;
}

Result<ExitCode> show(const std::vector<std::string>& requests, const std::string& database) {
  auto store = open_existing(database);
  if (!store) return std::unexpected(store.error());
  for (const auto& text : requests) {
    const auto request = parse_show_request(text);
    if (!request) return std::unexpected(request.error());
    const auto session = store->load_session(request->session);
    if (!session) return std::unexpected(session.error());
    if (request->trial == 0) {
      print(session_text(*session));
      continue;
    }
    const auto trial = trial_text(*session, request->trial);
    if (!trial) return std::unexpected(trial.error());
    print(*trial);
  }
  return ExitCode::success;
}

Result<ExitCode> check_targets(CheckCommand command) {
  command.options.machine = CpuSet::available();
  const auto plan = make_check_plan(command.options);
  if (!plan) return std::unexpected(plan.error());
  auto store = results::Store::open(command.database);
  if (!store) return std::unexpected(store.error());
  for (const auto& warning : plan->warnings) note("warning: " + warning);
  const auto& stop = watch_stop_signals();
  auto progress = make_progress(command.quiet);
  auto outcome = run_session(*plan, *store, sister_programs(), command.command_line, progress, stop);
  if (!outcome) return std::unexpected(outcome.error());
  const auto verdict = judge_check(outcome->record);
  outcome->record.verdict = outcome->interrupted ? "" : verdict.word;
  if (auto closed = close_session(*store, *outcome); !closed) outcome->store_error = closed.error();
  const auto written = hand_over(*outcome, command.reports, command.database);
  if (outcome->interrupted) {
    note("interrupted: no verdict; every finished trial is kept");
    return ExitCode::interrupted;
  }
  print(verdict.sentence + "\n");
  if (exit_code_of(*outcome) == ExitCode::target_not_ready) return ExitCode::target_not_ready;
  // A verdict outranks a file that could not be written; a pass does not.
  if (verdict.code != ExitCode::success) return verdict.code;
  if (outcome->store_error) return ExitCode::store_failed;
  if (!written) return std::unexpected(written.error());
  return ExitCode::success;
}

Result<ExitCode> verify_target(VerifyCommand command) {
  const LineStyle style{.width = static_cast<std::size_t>(std::max(terminal_width(STDOUT_FILENO), 60)),
                        .color = wants_color()};
  if (command.list) {
    print(probe_list(style));
    return ExitCode::success;
  }
  if (command.request.what.empty() == command.request.target.empty())
    return fail("name what to verify: either a URL or a scenario's file, or --engine; 'hotlap target verify --help'",
                ExitCode::usage);
  if (command.request.patience <= Nanos::zero())
    return fail("--timeout: 0 is no time to answer in; give one like 2s", ExitCode::usage);
  const bool only_json = command.json == "-";
  const auto servers =
      verify_servers(command.request, sister_programs(), watch_stop_signals(), style, [&](std::string_view text) {
        if (!only_json) print(text);
      });
  if (!servers) return std::unexpected(servers.error());
  if (only_json)
    print(verify_json(*servers));
  else if (!command.json.empty())
    if (auto written = write_file(command.json, verify_json(*servers)); !written)
      return std::unexpected(written.error());
  return exit_code_of(*servers);
}

Result<ExitCode> become_load(const std::vector<std::string>& arguments) {
  const auto program = sister_programs().load();
  if (!find_program(program))
    return fail(fmt::format("program '{}' was not found; build all of Hotlap, or reinstall it", program),
                ExitCode::missing_program);
  auto words = arguments;
  words.insert(words.begin(), program);
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::execv(program.c_str(), pointers.data());
  return fail_errno("start " + program, ExitCode::missing_program);
}

}  // namespace hotlap::harness
