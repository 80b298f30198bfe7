// hotlap-load: a LoadSpec in (flags), a Measurement out (JSON or text).
#include <fcntl.h>
#include <fmt/core.h>

#include <atomic>
#include <csignal>
#include <cstdio>

#include "base/fd.h"
#include "base/socket.h"
#include "loadgen/faces/native.h"
#include "loadgen/faces/wrk_face.h"
#include "loadgen/run.h"

namespace {

std::atomic<bool> stop_requested = false;

using hotlap::ExitCode;

int say(const hotlap::Error& error) {
  fmt::print(stderr, "hotlap load: {}\n", error.message);
  return static_cast<int>(error.code);
}

hotlap::Result<void> write_document(const std::string& path, const std::string& json) {
  if (path == "-") {
    fmt::print("{}\n", json);
    if (std::fflush(stdout) != 0) return hotlap::fail_errno("write to standard output", ExitCode::store_failed);
    return {};
  }
  std::FILE* file = std::fopen(path.c_str(), "we");
  if (!file) return hotlap::fail_errno(fmt::format("write '{}'", path), ExitCode::store_failed);
  const bool written = std::fprintf(file, "%s\n", json.c_str()) >= 0;
  if (std::fclose(file) != 0 || !written)
    return hotlap::fail_errno(fmt::format("write '{}'", path), ExitCode::store_failed);
  return {};
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
          if (auto written = write_document(command->json_path, hotlap::load::to_json(*measurement)); !written)
            return std::unexpected(written.error());
        return measurement;
      });
}

}  // namespace

int main(int argc, char** argv) {
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

  hotlap::loadgen::RunEvents events;
  if (command->events) {
    const auto tell = [](const char* name) {
      fmt::print("{{\"event\":\"{}\"}}\n", name);
      std::fflush(stdout);
    };
    events.window_started = [tell] { tell("window_start"); };
    events.window_ended = [tell] { tell("window_end"); };
  }
  const auto measurement = hotlap::loadgen::run_load(command->spec, events, [] { return stop_requested.load(); });
  if (!measurement) return say(measurement.error());

  if (command->json_path != "-") fmt::print("{}", hotlap::loadgen::native_report(command->spec, *measurement));
  if (!command->json_path.empty())
    if (auto written = write_document(command->json_path, hotlap::load::to_json(*measurement)); !written)
      return say(written.error());
  if (stop_requested) return static_cast<int>(ExitCode::interrupted);
  return static_cast<int>(measurement->verdict.level == hotlap::load::VerdictLevel::invalid ? ExitCode::invalid_run
                                                                                            : ExitCode::success);
}
