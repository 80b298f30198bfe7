// hotlap: the harness, and the only program a person needs to know. Reads the command line; commands.h does the rest.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "base/help_layout.h"
#include "base/program_path.h"
#include "harness/command_text.h"
#include "harness/commands.h"
#include "harness/complaints.h"
#include "harness/scenario_commands.h"

namespace {

using namespace hotlap;
using namespace hotlap::harness;

constexpr const char* kExitCodes =
    "Exit codes:\n"
    "    0  done, or no regression\n"
    "    2  command line\n"
    "   10  REGRESSED\n"
    "   11  INCONCLUSIVE\n"
    "   12  claims are not what a session file asks for\n"
    "   20  a trial failed or is invalid\n"
    "   21  a target never became ready\n"
    "   30  scenario refused\n"
    "   31  a program is missing\n"
    "   40  database or file cannot be written\n"
    "  130  interrupted (finished trials are kept; hotlap resume)";

constexpr const char* kExamples =
    "Examples:\n"
    "  hotlap run scenarios/quick.yaml --html report.html\n"
    "  hotlap load -c 100 -d 10s http://127.0.0.1:8080/\n"
    "  hotlap check --base './old --port {port}' --new './new --port {port}'\n"
    "  hotlap report last --csv trials.csv\n"
    "More about a command: hotlap COMMAND --help\n\n";

using Action = std::function<Result<ExitCode>()>;

template <class T>
std::function<std::string(const std::string&)> checked_by(Result<T> (*parse)(std::string_view)) {
  return [parse](const std::string& text) {
    const auto parsed = parse(text);
    return parsed ? std::string() : parsed.error().message;
  };
}

void add_report_files(CLI::App& command, ReportFiles& files) {
  command.add_option("--html", files.html, "Write the report page")->type_name("FILE");
  command.add_option("--csv", files.csv, "Write FILE with a row per trial, FILE-cases per case, FILE-claims per claim")
      ->type_name("FILE");
}

void add_scenario_choices(CLI::App& command, ScenarioChoices& choices, std::size_t& most_cases) {
  command.add_option("--profile", choices.profile, "A variant that the scenario names under 'profiles'")
      ->type_name("NAME");
  command.add_option("--set", choices.sets, "Change a value: load.duration=5s, vars.conns=50, matrix.depth=[1,24]")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command.add_option("--most-cases", most_cases, "Allow a scenario this many cases")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, kMostCasesAllowed))
      ->capture_default_str();
}

void add_plan_options(CLI::App& command, RunCommand& run) {
  command.add_option("scenarios", run.files, "Scenario files (YAML)")->required()->type_name("FILE");
  add_scenario_choices(command, run.choices, run.most_cases);
  command.add_option("--filter", run.filters, "Keep cases by axis: engine=epoll,pipelined or engine=epoll,depth=24")
      ->type_name("AXIS=VALUE,…")
      ->allow_extra_args(false);
  command.add_option("--seed", run.seed, "Of the order of trials; the default is the scenario's")->type_name("N");
  command
      .add_option_function<std::string>(
          "--budget", [&run](const std::string& text) { run.budget = parse_duration(text).value_or(Nanos{}); },
          "The most that all of it may take: fewer trials first, then shorter windows")
      ->check(checked_by(parse_duration))
      ->type_name("TIME");
  command.add_option("--trials", run.trials, "Of every case; the default is the scenario's")
      ->type_name("N")
      ->check(CLI::Range(1, kMostTrials));
}

void add_database(CLI::App& command, std::string& database) {
  command.add_option("--db", database, "The database of sessions")->type_name("FILE")->capture_default_str();
}

void add_manner(CLI::App& command, SessionManner& manner) {
  add_database(command, manner.database);
  add_report_files(command, manner.reports);
  command
      .add_option("--events", manner.events, "Tell every step as JSON lines (hotlap.events/1); - for standard output")
      ->type_name("FILE");
  command.add_flag("--quiet", manner.quiet, "No progress on standard error");
}

void add_keep_going(CLI::App& command, bool& keep_going) {
  command.add_flag("--keep-going", keep_going, "Measure the other cases when the target of one never gets ready");
}

void add_check_options(CLI::App& command, CheckCommand& check, std::string& min_effect) {
  auto& load = check.options.load;
  load.connections = 16;
  load.duration = std::chrono::seconds(1);
  load.warm_up = std::chrono::milliseconds(300);
  load.url.host = "127.0.0.1";
  load.url.port = 0;
  load.url.target = "/ugly";
  command.add_option("--base", check.options.base_text, "The baseline")->required()->type_name("TARGET");
  command.add_option("--new", check.options.new_text, "The candidate")->required()->type_name("TARGET");
  command.add_option("-c,--connections", load.connections, "Connections")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command.add_option("-t,--threads", load.threads, "Load threads")
      ->type_name("N")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command.add_option("--pipeline", load.pipeline_depth, "Most requests in flight on a connection")
      ->type_name("N")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  const auto add_duration = [&](const char* name, const char* help, Nanos& into, const char* shown) {
    command
        .add_option_function<std::string>(
            name, [&into](const std::string& text) { into = parse_duration(text).value_or(into); }, help)
        ->check(checked_by(parse_duration))
        ->type_name("TIME")
        ->default_str(shown);
  };
  add_duration("-d,--duration", "Of one trial's window", load.duration, "1s");
  add_duration("--warm-up", "Before every window", load.warm_up, "300ms");
  command.add_option("--page", load.url.target, "The page to ask for")->type_name("PATH")->capture_default_str();
  command
      .add_option("--pairs", check.options.pairs, "Pairs of fresh processes, at least " + std::to_string(kFewestPairs))
      ->type_name("N")
      ->check(CLI::Range(1, kMostTrials))
      ->capture_default_str();
  command.add_option("--min-effect", min_effect, "A smaller slow-down is never a regression")
      ->check(checked_by(parse_percent))
      ->type_name("PERCENT")
      ->capture_default_str();
  command.add_option("--seed", check.options.seed, "Of the order within pairs")->type_name("N")->capture_default_str();
}

void add_verify_options(CLI::App& command, VerifyCommand& verify) {
  auto& request = verify.request;
  command.add_option("what", request.what, "A running server, or a scenario whose servers are started")
      ->type_name("URL|SCENARIO.yaml");
  const auto add_setting = [&](const char* flag, const char* key, const char* type, const char* help) {
    return command
        .add_option_function<std::string>(
            flag, [&request, key](const std::string& text) { request.target.push_back({key, text, {}}); }, help)
        ->type_name(type);
  };
  auto* engine =
      add_setting("--engine", "engine", "NAME", "Start hotlap-target with this engine; every probe counts then");
  add_setting("--store", "store", "NAME", "Its database, as in a scenario's target")->needs(engine);
  add_setting("--store-connections", "store_connections", "HOW", "per-request, one or pool:N")->needs(engine);
  add_setting("--workers", "workers", "N", "Its workers")->needs(engine);
  add_setting("--program", "program", "PATH", "Another build of it")->needs(engine);
  command.add_option("--page", request.page, "The page to ask for, with --engine")
      ->type_name("PATH")
      ->needs(engine)
      ->capture_default_str();
  command.add_option("--filter", request.filters, "Keep the scenario's cases by axis, as in run")
      ->type_name("AXIS=VALUE[,…]")
      ->allow_extra_args(false);
  command.add_option("--probe", request.probes, "Only these; --list names them")
      ->type_name("NAME[,…]")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      .add_option_function<std::string>(
          "--timeout",
          [&request](const std::string& text) { request.patience = parse_duration(text).value_or(request.patience); },
          "How long the server may be silent")
      ->check(checked_by(parse_duration))
      ->type_name("TIME")
      ->default_str("2s");
  auto* authorities =
      command
          .add_option("--cacert", request.trust.authorities,
                      "https: trust what the certificates in FILE (PEM) have signed, instead of what "
                      "the system trusts")
          ->type_name("FILE")
          ->check([](const std::string& file) { return std::string(file.empty() ? "it names no file" : ""); });
  command.add_flag("-k,--insecure", request.trust.anybody, "https: trust any certificate")->excludes(authorities);
  command.add_option("--json", verify.json, "Write the findings (hotlap.verify/1); - for standard output")
      ->type_name("FILE");
  command.add_flag("--strict", request.strict, "Every probe counts, not only those that load relies on");
  command.add_flag("--list", verify.list, "Name the probes and end");
  command.footer(
      "Each probe ends in ok, drop, close, reorder, hang, wrong or skipped, with what\n"
      "was sent and what came.\n\n"
      "Exit codes:\n"
      "    0  load can rely on it\n"
      "    2  command line\n"
      "   20  it cannot\n"
      "   21  nobody listens there\n"
      "   30  scenario refused");
}

int finish(const Result<ExitCode>& result) {
  if (result) return static_cast<int>(*result);
  for (const auto& line : lines_of(result.error())) (void)std::fputs(("hotlap: " + line + "\n").c_str(), stderr);
  return static_cast<int>(result.error().code);
}

int read_and_act(int argc, char** argv) {
  std::vector<std::string> words(argv, argv + argc);
  if (words.size() > 1 && words[1] == "load") return finish(become_load({words.begin() + 2, words.end()}));

  CLI::App app("Hotlap measures HTTP servers: from a question in YAML to a comparison with its uncertainty.", "hotlap");
  app.set_version_flag("--version", std::string("hotlap ") + HOTLAP_VERSION, "Print the version and exit");
  app.require_subcommand(1);
  lay_out_help(app);
  app.footer(std::string(kExamples) + kExitCodes);
  Action action;

  RunCommand run_command;
  run_command.manner.command_line = command_text(words);
  auto* run_app =
      app.add_subcommand("run", "Run scenarios: start servers, load them, keep and compare what was measured");
  add_plan_options(*run_app, run_command);
  add_keep_going(*run_app, run_command.keep_going);
  run_app->add_flag("--strict-needs", run_command.strict_needs,
                    "A case that lacks a program ends the run, instead of being skipped");
  add_manner(*run_app, run_command.manner);
  run_app->footer(std::string("Ctrl-C once stops when the running trial has ended, twice at once; what is left\n"
                              "stays planned, for resume.\n\n") +
                  kExitCodes);
  run_app->callback([&] { action = [&] { return run(run_command); }; });

  auto* plan_app = app.add_subcommand("plan", "Print exactly what run would do: cases, commands, order and time");
  add_plan_options(*plan_app, run_command);
  add_keep_going(*plan_app, run_command.keep_going);
  add_manner(*plan_app, run_command.manner);
  plan_app->callback([&] { action = [&] { return show_plan(run_command); }; });

  ResumeCommand resume_command;
  auto* resume_app =
      app.add_subcommand("resume", "Go on with a session that was interrupted, killed, or stopped at a target");
  resume_app->add_option("session", resume_command.session, "Its number, the beginning of its uuid, or last")
      ->capture_default_str();
  add_keep_going(*resume_app, resume_command.options.keep_going);
  resume_app->add_flag("--failed", resume_command.options.failed_too,
                       "Run trials that failed or were skipped once more, too");
  resume_app->add_flag("--force", resume_command.options.force,
                       "Although the machine or a program has changed; the report will say so");
  add_manner(*resume_app, resume_command.manner);
  resume_app->footer(std::string("The plan comes from the database: the same order, seeds and number. Finished\n"
                                 "trials stay; the one that was running is done again.\n\n") +
                     kExitCodes);
  resume_app->callback([&] { action = [&] { return resume(resume_command); }; });

  ValidateCommand validate_command;
  auto* validate_app =
      app.add_subcommand("validate", "Read scenarios and say whether they are right, with every case and profile");
  validate_app->add_option("scenarios", validate_command.files, "Scenario files (YAML)")->required()->type_name("FILE");
  add_scenario_choices(*validate_app, validate_command.choices, validate_command.most_cases);
  validate_app->callback([&] { action = [&] { return validate_scenarios(validate_command); }; });

  auto* schema_app = app.add_subcommand("schema", "Print the JSON Schema of scenarios, for editors");
  schema_app->footer(
      "Editors with a YAML language server take it from the first line of a scenario:\n"
      "  # yaml-language-server: $schema=hotlap.schema.json");
  schema_app->callback([&] { action = [] { return print_schema(); }; });

  InitCommand init_command;
  auto* init_app = app.add_subcommand("init", "Write a commented scenario for a server of your own, ready to run");
  init_app->add_option("where", init_command.where, "The file, or the folder for its hotlap.yaml")
      ->type_name("FILE|FOLDER")
      ->capture_default_str();
  init_app
      ->add_option("--command", init_command.command,
                   "The server's command line, with {port}; none: Python's http.server")
      ->type_name("COMMAND");
  init_app->add_option("--url", init_command.url, "A server that runs already")->type_name("URL");
  init_app->add_flag("--force", init_command.force, "Write over a file that is there");
  init_app->callback([&] { action = [&] { return write_starter(init_command); }; });

  auto* doctor_app = app.add_subcommand("doctor", "Say what is installed, what scenarios lack, and what mends it");
  add_plan_options(*doctor_app, run_command);
  doctor_app->get_option("scenarios")->required(false);
  doctor_app->footer(
      "Exit codes:\n"
      "    0  nothing is lacking\n"
      "    2  command line\n"
      "   30  scenario refused\n"
      "   31  a case of the scenarios cannot run here, or Hotlap itself is not whole");
  doctor_app->callback([&] { action = [&] { return doctor(run_command); }; });

  app.add_subcommand("load", "Load one URL: the load generator by itself (hotlap load --help)");

  ReportCommand report_command;
  auto* report_app = app.add_subcommand("report", "Report a session: on the terminal, or as files");
  report_app->add_option("session", report_command.session, "Its number, the beginning of its uuid, or last")
      ->capture_default_str();
  add_database(*report_app, report_command.database);
  add_report_files(*report_app, report_command.reports);
  report_app->callback([&] { action = [&] { return report(report_command); }; });

  auto* list_app = app.add_subcommand("list", "List sessions, newest first");
  add_database(*list_app, run_command.manner.database);
  list_app->callback([&] { action = [&] { return list_sessions(run_command.manner.database); }; });

  std::vector<std::string> shown;
  auto* show_app = app.add_subcommand("show", "Show sessions or single trials in full, with reasons and logs");
  show_app->add_option("what", shown, "SESSION, or SESSION:TRIAL like last:7")
      ->required()
      ->type_name("SESSION|SESSION:TRIAL");
  add_database(*show_app, run_command.manner.database);
  show_app->callback([&] { action = [&] { return show(shown, run_command.manner.database); }; });

  VerifyCommand verify_command;
  auto* target_app = app.add_subcommand("target", "About servers: target verify says whether load can rely on one");
  target_app->require_subcommand(1);
  auto* verify_app =
      target_app->add_subcommand("verify", "Probe a server: pipelining, framing, limits, slow clients, drain");
  add_verify_options(*verify_app, verify_command);
  verify_app->callback([&] { action = [&] { return verify_target(verify_command); }; });

  CheckCommand check_command;
  check_command.manner.command_line = run_command.manner.command_line;
  std::string min_effect = "2%";
  auto* check_app =
      app.add_subcommand("check", "Is a candidate slower than a baseline? Fresh pairs, exact test, one verdict");
  add_check_options(*check_app, check_command, min_effect);
  add_manner(*check_app, check_command.manner);
  check_app->footer(std::string("TARGET is one of\n"
                                "  engine=epoll,workers=2     hotlap-target; keys of a scenario's target, and\n"
                                "                             program=PATH for another build of it\n"
                                "  './server --port {port}'   any server: a command line with {port}; no shell\n"
                                "  ./build/bin/hotlap-target  another build of hotlap-target, engine pipelined\n"
                                "Verdict: SAME or IMPROVED end in 0, REGRESSED in 10, INCONCLUSIVE in 11; more\n"
                                "than a fifth of the pairs gone wrong in 20.\n\n") +
                    kExitCodes);
  check_app->callback([&] {
    action = [&] {
      auto& policy = check_command.options.policy;
      policy.min_effect = parse_percent(min_effect).value_or(policy.min_effect);
      policy.fail_effect = std::max(policy.fail_effect, policy.min_effect);
      return check_targets(check_command);
    };
  });
  for (auto* command : app.get_subcommands({})) command->group("Commands");
  for (auto* command : {plan_app, report_app, list_app, show_app}) command->footer(kExitCodes);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::usage);
  }
  return finish(action());
}

// Scenarios start our own programs by name too: what stands beside this one is found first.
void look_beside_us_first() {
  const char* path = std::getenv("PATH");
  const auto with_ours = own_directory() + (path != nullptr && *path != '\0' ? std::string(":") + path : "");
  ::setenv("PATH", with_ours.c_str(), 1);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    look_beside_us_first();
    return read_and_act(argc, argv);
  } catch (const std::exception& error) {
    (void)std::fputs((std::string("hotlap: ") + error.what() + "\n").c_str(), stderr);
    return static_cast<int>(ExitCode::failure);
  }
}
