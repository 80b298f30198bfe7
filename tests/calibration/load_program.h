// One run of the program hotlap-load, and all that it left behind: its document, its exit, its time. The document is
// refused by its own parser when the partition sent = answered + failed + timed out + in flight does not hold.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/process.h"
#include "loadgen/contract/measurement.h"

namespace hotlap::calibration {

struct LoadRun {
  load::Measurement measurement;
  ProcessExit exit;
  Nanos took{};
  std::string output;

  [[nodiscard]] std::uint64_t errors(std::string_view kind) const {
    for (const auto& error : measurement.errors)
      if (error.kind == kind) return error.count;
    return 0;
  }
  [[nodiscard]] std::string kinds() const {
    std::string all;
    for (const auto& error : measurement.errors)
      all += error.kind + " × " + std::to_string(error.count) + " (" + error.first + "); ";
    return all;
  }
};

struct Surroundings {
  std::vector<std::string> before;  // words before the program's: a command that starts it
  std::vector<std::pair<std::string, std::string>> environment;
  std::function<void()> window_starts;  // called when the program says so
};

// Fails the test, and goes on with an empty measurement, when the program crashes, hangs or writes no sound document.
inline LoadRun run_load_program(const std::vector<std::string>& arguments, const std::string& url,
                                const Surroundings& surroundings = {}) {
  using namespace std::chrono_literals;
  auto words = surroundings.before;
  words.emplace_back(HOTLAP_BIN_DIR "/hotlap-load");
  words.insert(words.end(), arguments.begin(), arguments.end());
  words.insert(words.end(), {"--events", "--json", "-", url});
  LoadRun run;
  const Instant start = monotonic_now();
  auto process = Process::start({.arguments = words, .environment = surroundings.environment});
  if (!process) {
    ADD_FAILURE() << process.error().message;
    return run;
  }
  std::string document;
  while (const auto line = process->read_line(30s)) {
    run.output += *line + "\n";
    if (surroundings.window_starts && *line == R"({"event":"window_start"})") surroundings.window_starts();
    if (line->starts_with("{\"schema\"")) document = *line;
  }
  const auto exit = process->wait(5s);
  run.took = monotonic_now() - start;
  if (!exit) {
    ADD_FAILURE() << "hotlap-load does not end";
    return run;
  }
  run.exit = *exit;
  EXPECT_FALSE(exit->signalled) << exit->text() << "\n" << run.output;
  EXPECT_TRUE(exit->status == 0 || exit->status == 20) << exit->text() << "\n" << run.output;
  auto measurement = load::measurement_from_json(document);
  if (measurement)
    run.measurement = std::move(*measurement);
  else
    ADD_FAILURE() << measurement.error().message << "\n" << run.output;
  return run;
}

}  // namespace hotlap::calibration
