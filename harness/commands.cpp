#include "harness/commands.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <unordered_map>

#include "base/host.h"
#include "base/program_path.h"
#include "harness/budget.h"
#include "harness/doctor.h"
#include "harness/events.h"
#include "harness/layout.h"
#include "harness/listing.h"
#include "harness/output_file.h"
#include "harness/plan_effect.h"
#include "harness/progress.h"
#include "harness/resume.h"
#include "harness/scenario_yaml.h"
#include "harness/session.h"
#include "harness/store_calls.h"
#include "reports/csv.h"
#include "reports/html.h"
#include "reports/terminal.h"
#include "reports/view.h"
#include "results/environment.h"
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
  const auto cases = table_path(files.csv, "cases");
  if (auto written = write_file(cases, reports::cases_csv(view)); !written) return written;
  auto tables = files.csv + ", " + cases;
  if (!view.claims.empty()) {
    const auto claims = table_path(files.csv, "claims");
    if (auto written = write_file(claims, reports::claims_csv(view)); !written) return written;
    tables += ", " + claims;
  }
  note("tables   " + tables);
  return {};
}

void print_terminal_report(const reports::View& view) {
  print(reports::terminal_report(view, {.color = wants_color(), .width = terminal_width(STDOUT_FILENO)}));
}

Result<RunCommand> with_session_file(RunCommand command) {
  for (const auto& file : command.files) {
    auto session = load_session_file(file);
    if (!session) return std::unexpected(session.error());
    if (!*session) continue;
    if (command.files.size() > 1)
      return fail(fmt::format("{} is a session file and stands alone; name the other scenarios in it", file),
                  ExitCode::usage);
    auto& said = **session;
    command.files = std::move(said.scenarios);
    if (command.choices.profile.empty()) command.choices.profile = said.profile;
    if (!command.trials) command.trials = said.trials;
    if (!command.seed) command.seed = said.seed;
    if (!command.budget) command.budget = said.budget;
    command.keep_going = command.keep_going || said.keep_going;
    command.claims = said.claims;
    break;
  }
  return command;
}

void warn_of_siblings(Plan& plan) {
  if (auto warning = siblings_warning(plan.cases, cores_here()); !warning.empty())
    plan.warnings.push_back(std::move(warning));
}

Result<Plan> plan_from(const RunCommand& command) {
  std::vector<Scenario> scenarios;
  for (const auto& file : command.files) {
    auto scenario = load_scenario(file, command.choices);
    if (!scenario) return std::unexpected(scenario.error());
    scenarios.push_back(std::move(*scenario));
  }
  const auto machine = CpuSet::available();
  auto plan = make_plan(std::move(scenarios), {.filters = command.filters,
                                               .seed = command.seed,
                                               .trials = command.trials,
                                               .most_cases = command.most_cases,
                                               .machine = machine});
  if (!plan) return plan;
  if (auto counted = require_counts(*plan, sister_programs()); !counted) return std::unexpected(counted.error());
  if (command.budget) {
    auto fitted = plan_within(std::move(*plan), *command.budget, machine);
    if (!fitted) return std::unexpected(fitted.error());
    if (!fitted->said.empty()) note(fitted->said);
    plan = std::move(fitted->plan);
  }
  warn_of_siblings(*plan);
  return plan;
}

// How much each case's trials varied before; a database that is not there knows of none.
Result<std::vector<CaseSpread>> earlier_spreads(const Plan& plan, const std::string& database) {
  std::vector<CaseSpread> spreads(plan.cases.size());
  std::error_code ignored;
  if (!std::filesystem::exists(database, ignored)) return spreads;
  auto store = results::Store::open(database);
  if (!store) return std::unexpected(store.error());
  std::vector<std::unordered_map<std::string, std::vector<results::Store::CaseThroughput>>> earlier;  // by label
  for (const auto& scenario : plan.scenarios) {
    auto found = store->throughputs_of(scenario.name);
    if (!found) return std::unexpected(found.error());
    auto& by_label = earlier.emplace_back();
    for (auto& trial : *found) by_label[trial.label].push_back(std::move(trial));
  }
  for (std::size_t i = 0; i < plan.cases.size(); ++i) {
    const auto& by_label = earlier[plan.cases[i].scenario];
    if (const auto trials = by_label.find(plan.cases[i].label); trials != by_label.end())
      spreads[i] = spread_of(plan.cases[i].load.duration, trials->second);
  }
  return spreads;
}

// What a session leaves behind, whatever it ended in: warnings, the table, files, where the data is.
Result<void> hand_over(const SessionOutcome& outcome, const SessionManner& manner) {
  const auto view = reports::build_view(outcome.record);
  if (manner.events != "-") print_terminal_report(view);
  auto written = write_reports(view, manner.reports);
  if (outcome.store_error)
    note(fmt::format("{}; the figures above are complete, but from there on they are not in the database",
                     outcome.store_error->message));
  else
    note(fmt::format("database {}, session {}", manner.database, outcome.record.id));
  if (!outcome.gave_up.empty())
    note(
        fmt::format("stopped, because a target never got ready ({}); --keep-going measures the other cases all the "
                    "same",
                    outcome.gave_up));
  if (!outcome.store_error && !outcome.complete())
    note(fmt::format("what is left is planned: hotlap resume {}{}", outcome.record.id,
                     manner.database == "hotlap.db" ? "" : " --db " + manner.database));
  return written;
}

// Who watches a session: a person, and perhaps a program.
class Audience {
 public:
  // Also makes sure that what it will leave behind has a place.
  static Result<Audience> gather(const SessionManner& manner) {
    for (const auto& file : {manner.reports.html, manner.reports.csv, manner.events})
      if (auto place = require_folder_of(file); !place) return std::unexpected(place.error());
    Audience audience;
    audience.progress_ = std::make_unique<Progress>(stderr, Progress::Options{.terminal = ::isatty(STDERR_FILENO) != 0,
                                                                              .quiet = manner.quiet,
                                                                              .width = terminal_width(STDERR_FILENO)});
    audience.watchers_->add(*audience.progress_);
    if (manner.events.empty()) return audience;
    auto events = EventStream::open(manner.events);
    if (!events) return std::unexpected(events.error());
    audience.events_ = std::move(*events);
    audience.watchers_->add(*audience.events_);
    return audience;
  }
  [[nodiscard]] SessionWatcher& watcher() const noexcept { return *watchers_; }

 private:
  std::unique_ptr<Progress> progress_;
  std::unique_ptr<EventStream> events_;
  std::unique_ptr<Watchers> watchers_ = std::make_unique<Watchers>();
};

ExitCode end_of_run(const SessionOutcome& outcome, const Result<void>& written) {
  const auto code = exit_code_of(outcome);
  if (outcome.interrupted) note("interrupted: every finished trial is kept");
  if (written) return code;
  note(written.error().message);
  return code == ExitCode::success ? written.error().code : code;
}

// What its session file asks of its claims counts when nothing else has gone wrong.
ExitCode judged_by_claims(const SessionOutcome& outcome, ExitCode code) {
  if (code != ExitCode::success) return code;
  const auto broken = broken_claims(results::judge_claims(outcome.record), outcome.record.claim_policy);
  if (broken.empty()) return code;
  note(broken);
  return ExitCode::claims_missed;
}

ExitCode end_of_check(SessionOutcome& outcome, const SessionManner& manner, results::Store& store,
                      SessionWatcher& watcher) {
  const auto verdict = judge_check(outcome.record);
  outcome.record.verdict = outcome.interrupted ? "" : verdict.word;
  if (auto closed = close_session(store, outcome); !closed) outcome.store_error = closed.error();
  const auto written = hand_over(outcome, manner);
  if (outcome.interrupted) {
    note("interrupted: no verdict; every finished trial is kept");
    return ExitCode::interrupted;
  }
  if (manner.events != "-") print(verdict.sentence + "\n");
  auto code = verdict.code;
  if (exit_code_of(outcome) == ExitCode::target_not_ready) code = ExitCode::target_not_ready;
  // A verdict outranks a file that could not be written; a pass does not.
  if (code == ExitCode::success && outcome.store_error) code = ExitCode::store_failed;
  if (!written) note(written.error().message);
  if (code == ExitCode::success && !written) code = written.error().code;
  watcher.judged(verdict.word, verdict.sentence, code);
  return code;
}

}  // namespace

Result<ExitCode> run(const RunCommand& typed) {
  const auto with_session = with_session_file(typed);
  if (!with_session) return std::unexpected(with_session.error());
  const auto& command = *with_session;
  const auto& manner = command.manner;
  const auto plan = plan_from(command);
  if (!plan) return std::unexpected(plan.error());
  auto store = results::Store::open(manner.database);
  if (!store) return std::unexpected(store.error());
  auto audience = Audience::gather(manner);
  if (!audience) return std::unexpected(audience.error());
  for (const auto& warning : plan->warnings) note("warning: " + warning);
  const auto& stop = watch_stop_signals(FirstInterrupt::lets_the_trial_end);
  const auto outcome = run_session(*plan, *store, sister_programs(),
                                   {.command_line = manner.command_line,
                                    .keep_going = command.keep_going,
                                    .strict_needs = command.strict_needs,
                                    .claims = command.claims},
                                   audience->watcher(), stop);
  if (!outcome) return std::unexpected(outcome.error());
  return judged_by_claims(*outcome, end_of_run(*outcome, hand_over(*outcome, manner)));
}

Result<ExitCode> resume(const ResumeCommand& command) {
  const auto& manner = command.manner;
  auto store = open_existing(manner.database);
  if (!store) return std::unexpected(store.error());
  auto session = store->load_session(command.session);
  if (!session) return std::unexpected(session.error());
  const auto plan = plan_of_session(*session, CpuSet::available());
  if (!plan) return std::unexpected(plan.error());
  auto audience = Audience::gather(manner);
  if (!audience) return std::unexpected(audience.error());
  for (const auto& warning : plan->warnings) note("warning: " + warning);
  const auto& stop = watch_stop_signals(FirstInterrupt::lets_the_trial_end);
  auto outcome =
      resume_session(*plan, std::move(*session), *store, sister_programs(), command.options, audience->watcher(), stop);
  if (!outcome) return std::unexpected(outcome.error());
  if (outcome->record.kind == "check") return end_of_check(*outcome, manner, *store, audience->watcher());
  return judged_by_claims(*outcome, end_of_run(*outcome, hand_over(*outcome, manner)));
}

Result<ExitCode> show_plan(const RunCommand& typed) {
  const auto command = with_session_file(typed);
  if (!command) return std::unexpected(command.error());
  const auto plan = plan_from(*command);
  if (!plan) return std::unexpected(plan.error());
  print(plan_text(*plan, sister_programs(), CpuSet::available(), cores_here()));
  const auto spreads = earlier_spreads(*plan, command->manner.database);
  if (!spreads) return std::unexpected(spreads.error());
  print("\n" + effect_text(*plan, *spreads));
  return ExitCode::success;
}

Result<ExitCode> doctor(const RunCommand& command) {
  const auto programs = sister_programs();
  Diagnosis diagnosis;
  if (!command.files.empty()) {
    const auto plan = plan_from(command);
    if (!plan) return std::unexpected(plan.error());
    Machine machine;
    diagnosis.parts.push_back({"scenarios", signs_of_cases(*plan, programs, machine, diagnosis.packages)});
  }
  diagnosis.parts.push_back({"programs", signs_of_programs(programs)});
  diagnosis.parts.push_back({"machine", signs_of(read_machine_facts())});
  print(diagnosis_text(diagnosis, {.color = wants_color()}));
  return exit_code_of(diagnosis);
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
  std::optional<results::SessionRecord> first;
  for (const auto& text : requests) {
    const auto request = parse_show_request(text);
    if (!request) return std::unexpected(request.error());
    const auto session = store->load_session(request->session);
    if (!session) return std::unexpected(session.error());
    if (!first) first = *session;
    if (const auto unlike = results::environment_differences(first->environment, session->environment); !unlike.empty())
      print(fmt::format("! sessions {} and {} ran in unlike environments, so their figures cannot be compared: {}\n",
                        first->id, session->id, results::to_text(unlike)));
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
  const auto& manner = command.manner;
  command.options.machine = CpuSet::available();
  auto plan = make_check_plan(command.options);
  if (!plan) return std::unexpected(plan.error());
  warn_of_siblings(*plan);
  auto store = results::Store::open(manner.database);
  if (!store) return std::unexpected(store.error());
  auto audience = Audience::gather(manner);
  if (!audience) return std::unexpected(audience.error());
  for (const auto& warning : plan->warnings) note("warning: " + warning);
  const auto& stop = watch_stop_signals(FirstInterrupt::lets_the_trial_end);
  auto outcome = run_session(*plan, *store, sister_programs(),
                             {.command_line = manner.command_line, .strict_needs = true}, audience->watcher(), stop);
  if (!outcome) return std::unexpected(outcome.error());
  return end_of_check(*outcome, manner, *store, audience->watcher());
}

Result<ExitCode> verify_target(const VerifyCommand& command) {
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
      verify_servers(command.request, sister_programs(), watch_stop_signals(FirstInterrupt::stops_now).now, style,
                     [&](std::string_view text) {
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
