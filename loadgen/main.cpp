// hotlap-load: a LoadSpec in (flags), a Measurement out (text, and the files that were asked for).
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>

#include "base/clock.h"
#include "base/system_calls.h"
#include "loadgen/faces/native.h"
#include "loadgen/faces/wrk_face.h"
#include "loadgen/live_view.h"
#include "loadgen/run.h"

namespace {

std::atomic<bool> stop_requested = false;

using hotlap::ExitCode;

int say(const hotlap::Error& error) {
  fmt::print(stderr, "hotlap load: {}\n", error.message);
  return static_cast<int>(error.code);
}

void stop_on_signals() {
  struct sigaction action{};
  action.sa_handler = [](int) { stop_requested = true; };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

// Under the name of wrk or wrk2, or with --compat.
int run_as_wrk(const hotlap::loadgen::wrk::Choice& choice, int argc, char** argv) {
  const auto command = hotlap::loadgen::wrk::parse(choice, argc, argv);
  if (!command) return command.error();
  stop_on_signals();
  return hotlap::loadgen::wrk::run_face(
      *command, [&](const auto& spec, const auto& supply) -> hotlap::Result<hotlap::load::Measurement> {
        auto measurement = hotlap::loadgen::run_load(spec, {}, [] { return stop_requested.load(); }, supply);
        if (measurement && !command->json_path.empty())
          if (auto written =
                  hotlap::loadgen::write_output(command->json_path, hotlap::load::to_json(*measurement) + "\n");
              !written)
            return std::unexpected(written.error());
        return measurement;
      });
}

}  // namespace

int main(int argc, char** argv) {
  hotlap::publish_system_calls();
  const auto face = hotlap::loadgen::wrk::choose(argc, argv);
  if (!face) return say(face.error());
  if (*face) return run_as_wrk(**face, argc, argv);

  const auto command = hotlap::loadgen::parse_native(argc, argv);
  if (!command) return command.error();
  if (command->dump_schedule) {
    hotlap::loadgen::print_schedule(command->spec, stdout);
    if (std::fflush(stdout) != 0 || std::ferror(stdout))
      return say(hotlap::fail_errno("write to standard output", ExitCode::store_failed).error());
    return static_cast<int>(ExitCode::success);
  }
  stop_on_signals();

  if (command->search) {
    const auto& outputs = command->outputs;
    const bool stdout_taken = std::ranges::find(outputs, "-", &hotlap::loadgen::OutputFile::path) != outputs.end();
    const auto found = hotlap::loadgen::run_search(*command->search, command->spec, stdout_taken ? stderr : stdout,
                                                   [] { return stop_requested.load(); });
    for (const auto& file : outputs)
      if (auto written = hotlap::loadgen::write_output(file.path, found.json + "\n"); !written)
        return say(written.error());
    return static_cast<int>(found.code);
  }
  const auto tell = [&](const char* name) {
    if (!command->events) return;
    fmt::print("{{\"event\":\"{}\"}}\n", name);
    std::fflush(stdout);
  };
  std::int64_t window_start_us = 0;
  hotlap::loadgen::RunEvents events = {.window_started =
                                           [&] {
                                             window_start_us = hotlap::wall_clock_us();
                                             tell("window_start");
                                           },
                                       .window_ended = [&] { tell("window_end"); },
                                       .tick = {}};
  std::optional<hotlap::loadgen::LiveView> live;
  if (command->live) {
    live.emplace(stderr, command->spec);
    events.tick = [&live](const hotlap::loadgen::RunningTotals& totals) { live->show(totals); };
  }
  if (command->events)
    events.tick = [show = events.tick, next = hotlap::Instant{}](const hotlap::loadgen::RunningTotals& totals) mutable {
      if (show) show(totals);
      const auto now = hotlap::monotonic_now();
      if (now < next) return;
      next = now + std::chrono::seconds(1);
      fmt::print("{{\"event\":\"progress\",\"elapsed_ns\":{},\"good\":{},\"bad\":{},\"service_time_p99_ns\":{}}}\n",
                 totals.elapsed.count(), totals.good, totals.answered - totals.good + totals.lost,
                 totals.service_time_p99.count());
      std::fflush(stdout);
    };
  const auto measurement = hotlap::loadgen::run_load(command->spec, events, [] { return stop_requested.load(); });
  live.reset();  // gone from the terminal before anything else is said
  if (!measurement) return say(measurement.error());

  if (std::ranges::find(command->outputs, "-", &hotlap::loadgen::OutputFile::path) == command->outputs.end())
    fmt::print("{}", hotlap::loadgen::native_report(command->spec, *measurement));
  for (const auto& file : command->outputs) {
    const auto text = hotlap::loadgen::output_text(file.format, command->spec, *measurement, window_start_us);
    if (auto written = hotlap::loadgen::write_output(file.path, text); !written) return say(written.error());
  }
  if (stop_requested) return static_cast<int>(ExitCode::interrupted);
  return static_cast<int>(measurement->verdict.level == hotlap::load::VerdictLevel::invalid ? ExitCode::invalid_run
                                                                                            : ExitCode::success);
}
