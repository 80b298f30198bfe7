#include "harness/doctor.h"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <linux/io_uring.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/cpu_set.h"
#include "base/host.h"
#include "base/process.h"
#include "base/program_path.h"
#include "base/units.h"

namespace hotlap::harness {
namespace {

using Level = Sign::Level;

constexpr Nanos kVersionPatience = std::chrono::seconds(5);
constexpr std::uint64_t kManyFiles = 16'384;  // the most connections of the articles' experiments
constexpr std::uint64_t kBacklog = 4096;      // what our servers and fronts ask for
constexpr std::uint64_t kManyPorts = 20'000;
constexpr std::uint64_t kEnoughSpace = std::uint64_t{1} << 30;

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::uint64_t free_bytes(const std::string& folder) {
  struct statvfs space{};
  return ::statvfs(folder.c_str(), &space) == 0 ? std::uint64_t{space.f_bavail} * space.f_frsize : 0;
}

int try_io_uring() {
  io_uring_params parameters{};
  const long ring = ::syscall(SYS_io_uring_setup, 1, &parameters);
  if (ring < 0) return errno;
  ::close(static_cast<int>(ring));
  return 0;
}

struct Known {
  const char* program;
  const char* version_flag;
  const char* purpose;
};
constexpr std::array<Known, 14> kKnown = {{
    {"tarantool", "--version", "a store"},
    {"postgres", "--version", "a store"},
    {"nginx", "-v", "a front, and a stack"},
    {"haproxy", "-v", "a front"},
    {"git", "--version", "targets built from a revision"},
    {"python3", "--version", "stacks"},
    {"gunicorn", "--version", "a stack"},
    {"uwsgi", "--version", "a stack"},
    {"node", "--version", "a stack"},
    {"go", "version", "stacks"},
    {"pypy3", "--version", "stacks"},
    {"wrk", "-v", "a second opinion on load"},
    {"cmake", "--version", "builds of revisions of Hotlap"},
    {"g++", "--version", "builds of revisions of Hotlap"},
}};

// Whatever the program says first when it is asked; some answer on standard error or with a failure.
std::string version_of(const std::string& program, const char* flag) {
  auto process = Process::start({.arguments = {program, flag}});
  if (!process) return {};
  const auto line = process->read_line(kVersionPatience);
  return line ? printable(*line, 70) : std::string();
}

std::string level_text(Level level, bool color) {
  switch (level) {
    case Level::ok:
      return color ? "\x1b[32mok\x1b[0m   " : "ok   ";
    case Level::note:
      return color ? "\x1b[33mnote\x1b[0m " : "note ";
    case Level::lacks:
      return color ? "\x1b[31mlacks\x1b[0m" : "lacks";
  }
  return {};
}

}  // namespace

MachineFacts read_machine_facts() {
  MachineFacts facts;
  facts.cpus = static_cast<int>(CpuSet::available().size());
  facts.governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  facts.clocksource = first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    facts.open_files_soft = files.rlim_cur;
    facts.open_files_hard = files.rlim_max;
  }
  std::istringstream(first_line("/proc/sys/net/core/somaxconn")) >> facts.somaxconn;
  std::istringstream(first_line("/proc/sys/net/ipv4/ip_local_port_range")) >> facts.first_port >> facts.last_port;
  facts.congestion_control = default_congestion_control();
  facts.io_uring_errno = try_io_uring();
  std::istringstream(first_line("/proc/sys/kernel/perf_event_paranoid")) >> facts.perf_event_paranoid;
  facts.root = ::geteuid() == 0;
  facts.cpu_quota = first_line("/sys/fs/cgroup/cpu.max");
  facts.free_bytes_here = free_bytes(".");
  std::error_code error;
  facts.free_bytes_temporary = free_bytes(std::filesystem::temp_directory_path(error).string());
  return facts;
}

std::vector<Sign> signs_of(const MachineFacts& facts) {
  std::vector<Sign> signs;
  const auto add = [&](bool good, const char* name, std::string value, std::string advice) {
    signs.push_back({good ? Level::ok : Level::note, name, std::move(value), good ? std::string() : std::move(advice)});
  };
  add(facts.cpus >= 2, "processors", fmt::format("{} usable", facts.cpus),
      "target and load share it and slow each other down; measure where there are two");
  if (facts.governor.empty())
    add(true, "governor", "not visible from here", "");
  else
    add(facts.governor == "performance", "governor", facts.governor,
        "the clock rate moves with the load; 'cpupower frequency-set -g performance' holds it");
  if (!facts.clocksource.empty())
    add(facts.clocksource == "tsc" || facts.clocksource == "arch_sys_counter" || facts.clocksource == "kvm-clock",
        "clock source", facts.clocksource, "reading the time is a system call here; the load generator is slower");
  if (!facts.cpu_quota.empty())
    add(facts.cpu_quota.starts_with("max"), "processor quota", facts.cpu_quota,
        "this group of processes is throttled: figures jump; give it whole processors");
  add(facts.open_files_hard >= kManyFiles, "open files",
      fmt::format("{}, at most {}", facts.open_files_soft, facts.open_files_hard),
      fmt::format("fewer than {} connections; raise it with 'ulimit -n' or in /etc/security/limits.conf", kManyFiles));
  if (facts.somaxconn > 0)
    add(facts.somaxconn >= kBacklog, "somaxconn", fmt::format("{}", facts.somaxconn),
        fmt::format("connections are turned away when many come at once; 'sysctl net.core.somaxconn={}'", kBacklog));
  if (facts.last_port > 0) {
    const auto ports = facts.last_port - facts.first_port + 1;
    add(ports >= kManyPorts, "local ports", fmt::format("{}", ports),
        "a connection per request runs out of them; 'sysctl net.ipv4.ip_local_port_range=\"10000 65535\"'");
  }
  if (!facts.congestion_control.empty())
    add(!paces(facts.congestion_control), "congestion control", facts.congestion_control,
        "responses over 64 KiB wait for timers, also on the loopback; 'sysctl net.ipv4.tcp_congestion_control=cubic'");
  add(facts.io_uring_errno == 0, "io_uring",
      facts.io_uring_errno == 0 ? "works" : system_message("refused", facts.io_uring_errno),
      "engine uring and transport uring cannot run; 'sysctl kernel.io_uring_disabled=0', or allow it in the container");
  add(facts.root || facts.perf_event_paranoid <= 1, "perf events",
      fmt::format("perf_event_paranoid {}", facts.perf_event_paranoid),
      "instructions per request cannot be counted; 'sysctl kernel.perf_event_paranoid=1'");
  add(facts.free_bytes_here >= kEnoughSpace, "free space here",
      format_bytes(static_cast<double>(facts.free_bytes_here)),
      "the database of sessions may not fit; use --db elsewhere");
  add(facts.free_bytes_temporary >= kEnoughSpace, "free space for services",
      format_bytes(static_cast<double>(facts.free_bytes_temporary)),
      "PostgreSQL's files may not fit; point TMPDIR elsewhere");
  return signs;
}

std::vector<Sign> signs_of_programs(const Programs& programs) {
  std::vector<Sign> signs;
  for (const auto& own : {programs.load(), programs.own_target(), programs.tuplestore()}) {
    const auto name = own.substr(own.rfind('/') + 1);
    if (find_program(own))
      signs.push_back({Level::ok, name, own, {}});
    else
      signs.push_back({Level::lacks, name, "not found", "build all of Hotlap, or reinstall it"});
  }
  for (const auto& known : kKnown) {
    if (const auto path = find_needed_program(known.program))
      signs.push_back({Level::ok, known.program, version_of(*path, known.version_flag), {}});
    else
      signs.push_back({Level::note, known.program, fmt::format("not installed ({})", known.purpose),
                       fmt::format("apt-get install {}", package_of(known.program))});
  }
  return signs;
}

std::vector<Sign> signs_of_cases(const Plan& plan, const Programs& programs, Machine& machine,
                                 std::vector<std::string>& packages) {
  std::vector<Sign> signs;
  for (std::size_t index = 0; index < plan.scenarios.size(); ++index) {
    const auto& scenario = plan.scenarios[index];
    std::size_t cases = 0;
    std::size_t able = 0;
    std::map<std::string, std::size_t> reasons;  // how many cases each keeps from running
    for (const auto& planned : plan.cases) {
      if (planned.scenario != index) continue;
      ++cases;
      const auto needs = needs_of(planned, scenario, programs);
      std::vector<std::string> missing;
      if (!needs) missing.push_back(needs.error().message);
      for (const auto& need : needs.value_or(std::vector<std::string>{})) {
        const auto& lack = machine.lacks(need);
        if (lack.empty()) continue;
        missing.push_back(lack);
        if (const auto package = package_of(need);
            !package.empty() && std::ranges::find(packages, package) == packages.end())
          packages.push_back(package);
      }
      if (missing.empty()) ++able;
      for (const auto& reason : missing) ++reasons[reason];
    }
    signs.push_back({able == cases ? Level::ok : Level::lacks,
                     scenario.name,
                     fmt::format("{} of {} cases can run here", able, cases),
                     {}});
    for (const auto& [reason, count] : reasons)
      signs.push_back({Level::lacks, "", fmt::format("{} {}", count, count == 1 ? "case" : "cases"), reason});
  }
  return signs;
}

std::string diagnosis_text(const Diagnosis& diagnosis, const DoctorStyle& style) {
  std::string text;
  for (const auto& part : diagnosis.parts) {
    std::size_t width = 0;
    for (const auto& sign : part.signs) width = std::max(width, sign.name.size());
    text += fmt::format("{}{}\n", text.empty() ? "" : "\n", part.title);
    for (const auto& sign : part.signs) {
      text += fmt::format("  {}  {:<{}}  {}\n", level_text(sign.level, style.color), printable(sign.name, 60), width,
                          sign.value);
      if (!sign.advice.empty()) text += fmt::format("         {:<{}}  → {}\n", "", width, sign.advice);
    }
  }
  if (!diagnosis.packages.empty())
    text += fmt::format("\nTo mend it:  apt-get install {}\n", fmt::join(diagnosis.packages, " "));
  return text;
}

ExitCode exit_code_of(const Diagnosis& diagnosis) {
  for (const auto& part : diagnosis.parts)
    for (const auto& sign : part.signs)
      if (sign.level == Level::lacks) return ExitCode::missing_program;
  return ExitCode::success;
}

}  // namespace hotlap::harness
