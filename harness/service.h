// What a target needs besides itself: a database. Started fresh for every trial, because its tables grow with every
// request and the next trial must find what the last one found; a start costs about a tenth of a second (of PostgreSQL,
// one or two). One owner; the destructor stops the process and removes its files.
#pragma once

#include <string>
#include <vector>

#include "base/cpu_set.h"
#include "base/error.h"
#include "base/process.h"
#include "harness/programs.h"
#include "harness/stop_flag.h"
#include "harness/work_folder.h"
#include "results/record.h"

namespace hotlap::harness {

struct ServiceSetup {
  std::string name;           // tuplestore, tarantool or postgres
  std::string scenario_file;  // the scripts of tarantool and postgres are looked for beside it
  CpuSet cpus;                // with the target: both are what is measured
};

class Service {
 public:
  // Returns when the database answers as it should, not merely listens. Error: target_not_ready with its last words.
  [[nodiscard]] static Result<Service> start(const ServiceSetup& setup, const Programs& programs, const StopFlag& stop);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const std::string& address() const noexcept { return address_; }  // "127.0.0.1:3301"
  // Set once it has ended by itself.
  [[nodiscard]] std::optional<ProcessExit> poll_exit() { return process_.poll_exit(); }
  void discard_output();
  [[nodiscard]] std::string log_tail() { return process_.output_tail(); }

 private:
  Service(std::string name, std::string address, WorkFolder folder, Process process)
      : name_(std::move(name)),
        address_(std::move(address)),
        folder_(std::move(folder)),
        process_(std::move(process)) {}

  std::string name_;
  std::string address_;
  WorkFolder folder_;
  Process process_;  // after folder_: it ends before its files go
};

// All of these names, in their order; with the target's processors.
[[nodiscard]] Result<std::vector<Service>> start_services(const std::vector<std::string>& names,
                                                          const std::string& scenario_file, const CpuSet& cpus,
                                                          const Programs& programs, const StopFlag& stop);
// For the target's arguments: name → HOST:PORT.
[[nodiscard]] results::Parameters addresses_of(const std::vector<Service>& services);

}  // namespace hotlap::harness
