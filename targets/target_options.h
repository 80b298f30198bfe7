// The command line of hotlap-target as values; defaults stand here, in EngineOptions and in StoreFlags, nowhere else.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "targets/engines/engine.h"
#include "targets/site_factory.h"
#include "targets/store_choice.h"

namespace hotlap::targets {

struct TargetOptions {
  std::string engine = "pipelined";
  std::string host = "127.0.0.1";
  std::string cpus;
  std::string workers_as = "threads";
  StoreFlags store;
  OperationCount operations = OperationCount::code;
  std::uint16_t port = 8080;
  std::uint64_t burn_ns = 0;  // per request
  bool measure_burn = false;
  EngineOptions run;

  [[nodiscard]] bool in_processes() const noexcept { return workers_as == "processes" || engine == "prefork"; }
};

// Reads the command line. False: --help, --version or an error has been printed, and `exit_code` says which.
[[nodiscard]] bool parse_target_options(int argc, char** argv, TargetOptions& options, int& exit_code);
// Resolves the address and takes the processors, to which it binds the calling thread.
[[nodiscard]] Result<void> complete_target_options(TargetOptions& options);

}  // namespace hotlap::targets
