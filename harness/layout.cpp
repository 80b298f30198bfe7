#include "harness/layout.h"

#include <fmt/core.h>

#include <algorithm>

namespace hotlap::harness {
namespace {

// The first core on which both have a processor, and not the same one; empty: none.
CpuSet core_of_both(const CpuSet& one, const CpuSet& other, const std::vector<CpuSet>& cores) {
  if (one.empty() || other.empty()) return {};
  for (const auto& core : cores)
    for (const int mine : one.cpus())
      for (const int theirs : other.cpus())
        if (mine != theirs && core.contains(mine) && core.contains(theirs)) return core;
  return {};
}

// Where the load meets the other side on one core; empty: nowhere.
CpuSet contended_core(const PlannedCase& planned, const std::vector<CpuSet>& cores) {
  const auto& load = planned.load.cpus;
  const auto core = core_of_both(planned.target.cpus, load, cores);
  return core.empty() ? core_of_both(planned.target.front_cpus, load, cores) : core;
}

std::string place(const CpuSet& cpus) {
  return cpus.empty() ? "anywhere" : cpus.text();
}

std::string layout_of(const PlannedCase& planned, const std::vector<CpuSet>& cores) {
  const auto& target = planned.target;
  auto text = fmt::format("target {}", target.runs_already() ? "where it runs already" : place(target.cpus));
  if (!planned.services.empty()) text += " (its services too)";
  if (target.has_front())
    text += fmt::format(", front {}", place(target.front_cpus.empty() ? target.cpus : target.front_cpus));
  text += fmt::format(", load {}", place(planned.load.cpus));
  if (const auto core = contended_core(planned, cores); !core.empty())
    text += fmt::format(": {} are siblings of one core", core.text());
  return text;
}

}  // namespace

std::string layout_text(const Plan& plan, const CpuSet& machine, const std::vector<CpuSet>& cores) {
  auto text = fmt::format("  this machine has {}", machine.text());
  const bool smt = std::ranges::any_of(cores, [](const CpuSet& core) { return core.size() > 1; });
  if (smt) {
    text += "; siblings of one core:";
    for (const auto& core : cores)
      if (core.size() > 1) text += " " + core.text();
  } else {
    text += cores.empty() ? "; which of them share a core is not known" : ", each a core of its own";
  }
  text += "\n";
  std::vector<std::pair<std::string, int>> layouts;
  for (const auto& planned : plan.cases) {
    auto layout = layout_of(planned, cores);
    const auto known = std::ranges::find(layouts, layout, &std::pair<std::string, int>::first);
    if (known == layouts.end())
      layouts.emplace_back(std::move(layout), 1);
    else
      ++known->second;
  }
  for (const auto& [layout, cases] : layouts)
    text += layouts.size() == 1 ? fmt::format("  {}\n", layout)
                                : fmt::format("  {} case{}: {}\n", cases, cases == 1 ? "" : "s", layout);
  return text;
}

std::string siblings_warning(const std::vector<PlannedCase>& cases, const std::vector<CpuSet>& cores) {
  for (const auto& planned : cases)
    if (const auto core = contended_core(planned, cores); !core.empty())
      return fmt::format(
          "target and load run on siblings of one core ({}): they slow each other down; give target.cpus and "
          "load.cpus processors of different cores, or switch SMT off ('echo off' into "
          "/sys/devices/system/cpu/smt/control)",
          core.text());
  return {};
}

}  // namespace hotlap::harness
