#include "base/host.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <string_view>

#include "base/cpu_set.h"

namespace hotlap {
namespace {

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// The value behind "key … separator" in a file of such lines; empty when there is none.
std::string value_of(const char* path, std::string_view key, char separator) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const auto at = line.find(separator);
    if (at == std::string::npos) continue;
    const auto start = line.find_first_not_of(" \t\"", at + 1);
    if (start == std::string::npos) return {};
    return line.substr(start, line.find_last_not_of(" \t\"") - start + 1);
  }
  return {};
}

std::string mitigations() {
  std::string all;
  for (const char* name : {"meltdown", "spectre_v2", "retbleed", "mds"}) {
    const auto state = first_line((std::string("/sys/devices/system/cpu/vulnerabilities/") + name).c_str());
    if (state.empty()) continue;
    all += (all.empty() ? "" : "; ") + std::string(name) + ": " + state;
  }
  return all;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> describe_host() {
  std::vector<std::pair<std::string, std::string>> facts;
  const auto add = [&](const char* name, std::string value) {
    if (!value.empty()) facts.emplace_back(name, std::move(value));
  };
  utsname system{};
  ::uname(&system);
  add("cpu_model", value_of("/proc/cpuinfo", "model name", ':'));
  add("cpus", std::to_string(::sysconf(_SC_NPROCESSORS_ONLN)));
  add("cpus_allowed", CpuSet::available().text());
  add("memory_bytes", std::to_string(::sysconf(_SC_PHYS_PAGES) * ::sysconf(_SC_PAGESIZE)));
  add("os", value_of("/etc/os-release", "PRETTY_NAME", '='));
  add("kernel", std::string(system.sysname) + " " + system.release);
  add("machine", system.machine);
  add("governor", first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
  add("turbo_off", first_line("/sys/devices/system/cpu/intel_pstate/no_turbo"));
  add("smt", first_line("/sys/devices/system/cpu/smt/control"));
  add("hypervisor", value_of("/proc/cpuinfo", "flags", ':').contains(" hypervisor") ? "yes" : "no");
  add("mitigations", mitigations());
  add("clocksource", first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource"));
  add("cgroup_cpu_max", first_line("/sys/fs/cgroup/cpu.max"));
  add("transparent_hugepage", first_line("/sys/kernel/mm/transparent_hugepage/enabled"));
  add("address_randomisation", first_line("/proc/sys/kernel/randomize_va_space"));
  add("somaxconn", first_line("/proc/sys/net/core/somaxconn"));
  add("tcp_rmem", first_line("/proc/sys/net/ipv4/tcp_rmem"));
  add("tcp_wmem", first_line("/proc/sys/net/ipv4/tcp_wmem"));
  return facts;
}

}  // namespace hotlap
