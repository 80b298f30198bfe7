// `hotlap doctor`: what this machine has for measuring, what it lacks, and the line that mends it; of scenarios, which
// of their cases cannot run here and why. Looks only; changes nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "harness/needs.h"
#include "harness/plan.h"
#include "harness/programs.h"

namespace hotlap::harness {

// One thing that was looked at.
struct Sign {
  enum class Level : std::uint8_t {
    ok,
    note,   // figures suffer, or something cannot be measured
    lacks,  // something that was asked for cannot run
  };
  Level level = Level::ok;
  std::string name;
  std::string value;
  std::string advice;  // empty: none is needed
  bool operator==(const Sign&) const = default;
};

struct Diagnosis {
  struct Part {
    std::string title;
    std::vector<Sign> signs;
  };
  std::vector<Part> parts;
  std::vector<std::string> packages;  // that would mend what is lacking, each once
};

// What the kernel and its settings say, from numbers that were read. Pure.
struct MachineFacts {
  int cpus = 1;
  std::string governor;               // empty: not visible
  std::string clocksource;            // empty: not visible
  std::uint64_t open_files_soft = 0;  // limits of this process
  std::uint64_t open_files_hard = 0;
  std::uint64_t somaxconn = 0;   // 0: not visible
  std::uint64_t first_port = 0;  // of outgoing connections
  std::uint64_t last_port = 0;
  std::string congestion_control;  // of TCP; empty: not visible
  int io_uring_errno = 0;          // 0: it works
  int perf_event_paranoid = 2;
  bool root = false;
  std::string cpu_quota;              // of the cgroup: "max 100000"; empty: none
  std::uint64_t free_bytes_here = 0;  // where the database goes
  std::uint64_t free_bytes_temporary = 0;
};
[[nodiscard]] MachineFacts read_machine_facts();
[[nodiscard]] std::vector<Sign> signs_of(const MachineFacts& facts);

// The programs that Hotlap can start or be compared with, with their versions.
[[nodiscard]] std::vector<Sign> signs_of_programs(const Programs& programs);

// Each scenario of the plan: how many of its cases can run here, and for each thing missing how many cannot. Packages
// that would help are added to `packages`.
[[nodiscard]] std::vector<Sign> signs_of_cases(const Plan& plan, const Programs& programs, Machine& machine,
                                               std::vector<std::string>& packages);

struct DoctorStyle {
  bool color = false;
};
// As it is printed. Pure.
[[nodiscard]] std::string diagnosis_text(const Diagnosis& diagnosis, const DoctorStyle& style);
// missing_program when anything lacks, else success. Pure.
[[nodiscard]] ExitCode exit_code_of(const Diagnosis& diagnosis);

}  // namespace hotlap::harness
