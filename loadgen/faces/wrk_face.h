// The whole of a run under wrk's name, from the command to the exit code. What main does with it:
//   if (auto choice = wrk::choose(argc, argv); choice && *choice) {
//     auto command = wrk::parse(**choice, argc, argv);          // or the exit code
//     return wrk::run_face(*command, [&](const load::LoadSpec& spec, const RequestSupply& supply) {
//       return run_load(spec, events, stop_requested, supply);  // … and writes command->json_path, when that is given
//     });
//   }
// Exit codes are wrk's: 0 for a run that came to its end, whatever it met, also when interrupted; 1 otherwise.
#pragma once

#include <functional>

#include "loadgen/contract/measurement.h"
#include "loadgen/faces/wrk_command.h"
#include "loadgen/run.h"

namespace hotlap::loadgen::wrk {

// The supply's source is empty where no script is given: then nothing of Lua was ever started.
using RunLoad = std::function<Result<load::Measurement>(const load::LoadSpec& spec, const RequestSupply& supply)>;

[[nodiscard]] int run_face(const Command& command, const RunLoad& run);

}  // namespace hotlap::loadgen::wrk
