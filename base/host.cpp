#include "base/host.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
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
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/devices/system/cpu/vulnerabilities", error))
    names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  for (const auto& name : names) {
    const auto state = first_line(("/sys/devices/system/cpu/vulnerabilities/" + name).c_str());
    if (state.empty() || state == "Not affected") continue;
    if (!all.empty()) all += "; ";
    all.append(name).append(": ").append(state);
  }
  return all;
}

// The group of this process in version 2 of control groups, below its mount point; empty: version 1, or none.
std::string control_group() {
  const auto line = first_line("/proc/self/cgroup");
  return line.starts_with("0::") ? line.substr(3) : std::string();
}

// "0-1 2-3": processors that share a core stand together.
std::string cores() {
  std::string all;
  for (const auto& core : cores_here()) all += (all.empty() ? "" : " ") + core.text();
  return all;
}

}  // namespace

std::vector<CpuSet> cores_here() {
  const auto available = CpuSet::available();
  std::vector<CpuSet> cores;
  for (const int cpu : available.cpus()) {
    const auto path = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list";
    const auto core = CpuSet::parse(first_line(path.c_str()));
    if (!core) return {};
    if (std::ranges::find(cores, *core) == cores.end()) cores.push_back(*core);
  }
  return cores;
}

std::vector<std::pair<std::string, std::string>> describe_host() {
  std::vector<std::pair<std::string, std::string>> facts;
  const auto add = [&](const char* name, std::string value) {
    if (!value.empty()) facts.emplace_back(name, std::move(value));
  };
  utsname system{};
  ::uname(&system);
  add("cpu_model", value_of("/proc/cpuinfo", "model name", ':'));
  add("microcode", value_of("/proc/cpuinfo", "microcode", ':'));
  add("cpus", std::to_string(::sysconf(_SC_NPROCESSORS_ONLN)));
  add("cpus_allowed", CpuSet::available().text());
  add("memory_bytes", std::to_string(::sysconf(_SC_PHYS_PAGES) * ::sysconf(_SC_PAGESIZE)));
  add("os", value_of("/etc/os-release", "PRETTY_NAME", '='));
  add("kernel", std::string(system.sysname) + " " + system.release);
  add("machine", system.machine);
  add("governor", first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
  add("turbo_off", first_line("/sys/devices/system/cpu/intel_pstate/no_turbo"));
  add("cores", cores());
  add("smt", first_line("/sys/devices/system/cpu/smt/control"));
  add("hypervisor", value_of("/proc/cpuinfo", "flags", ':').contains(" hypervisor") ? "yes" : "no");
  add("mitigations", mitigations());
  add("clocksource", first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource"));
  const auto group = "/sys/fs/cgroup" + control_group();
  add("cgroup_cpu_max", first_line((group + "/cpu.max").c_str()));
  add("cgroup_memory_max", first_line((group + "/memory.max").c_str()));
  add("cgroup_cpus", first_line((group + "/cpuset.cpus.effective").c_str()));
  add("kernel_command_line", first_line("/proc/cmdline"));
  add("transparent_hugepage", first_line("/sys/kernel/mm/transparent_hugepage/enabled"));
  add("address_randomisation", first_line("/proc/sys/kernel/randomize_va_space"));
  add("somaxconn", first_line("/proc/sys/net/core/somaxconn"));
  add("tcp_rmem", first_line("/proc/sys/net/ipv4/tcp_rmem"));
  add("tcp_congestion_control", default_congestion_control());
  for (const char* name : {"net/ipv4/ip_local_port_range", "net/ipv4/tcp_tw_reuse", "net/ipv4/tcp_max_syn_backlog",
                           "net/core/netdev_budget", "net/core/busy_poll", "kernel/sched_autogroup_enabled",
                           "kernel/numa_balancing", "vm/swappiness"})
    add(std::string(name).substr(std::string(name).rfind('/') + 1).c_str(),
        first_line((std::string("/proc/sys/") + name).c_str()));
  add("loopback_mtu", first_line("/sys/class/net/lo/mtu"));
  add("tcp_wmem", first_line("/proc/sys/net/ipv4/tcp_wmem"));
  return facts;
}

std::string default_congestion_control() {
  return first_line("/proc/sys/net/ipv4/tcp_congestion_control");
}

bool paces(std::string_view congestion_control) noexcept {
  return congestion_control.starts_with("bbr");
}

}  // namespace hotlap
