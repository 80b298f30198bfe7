#include "loadgen/faces/wrk_face.h"

#include <fmt/core.h>

#include <cstdio>

#include "loadgen/faces/wrk_bugs.h"
#include "loadgen/faces/wrk_report.h"
#include "loadgen/script.h"

namespace hotlap::loadgen::wrk {
namespace {

int say(const Error& error) {
  fmt::print(stderr, "{}\n", error.message);
  return 1;
}

Result<std::unique_ptr<Script>> load_script(const Command& command) {
  return Script::load({.path = command.script_path,
                       .arguments = command.arguments,
                       .target = command.target,
                       .headers = command.headers,
                       .expect = command.spec.expect,
                       .threads = command.spec.threads,
                       .delays = command.dialect == Dialect::wrk});
}

}  // namespace

int run_face(const Command& command, const RunLoad& run) {
  auto spec = command.spec;
  std::unique_ptr<Script> script;
  RequestSupply supply;
  if (command.script_path.empty()) {
    const auto address = reach(command.target);
    if (!address) return say(address.error());
    spec.url.port = address->port();
    supply.address = [address = *address](int) { return address; };
  } else {
    auto loaded = load_script(command);
    if (!loaded) return say(loaded.error());
    script = std::move(*loaded);
    spec.url.port = script->address(0).port();
    spec.pipeline_depth = script->pipeline_depth();
    supply.source = [&script](int worker) { return script->source_for(worker); };
    supply.address = [&script](int worker) { return script->address(worker); };
  }

  fmt::print("{}", opening_text(command));
  std::fflush(stdout);
  const auto measurement = run(spec, supply);
  if (!measurement) return say(measurement.error());
  if (script)
    if (const auto error = script->error()) return say(*error);

  const auto outcome = command.compat_bugs ? outcome_with_bugs(command, *measurement, spec.pipeline_depth)
                                           : outcome_of(command, *measurement);
  fmt::print("{}", closing_text(command, figures_of(command, outcome)));
  if (command.audit) fmt::print("{}", audit_text(command, *measurement));
  if (script)
    if (const auto finished = script->done(outcome); !finished) return say(finished.error());
  return std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace hotlap::loadgen::wrk
