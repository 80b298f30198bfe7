// A set of processors, as in taskset and cgroups: "0", "0,2-3". Value type.
#pragma once

#include <sys/types.h>

#include <set>
#include <string>
#include <string_view>

#include "base/error.h"

namespace hotlap {

class CpuSet {
 public:
  CpuSet() = default;  // empty: "wherever the scheduler likes"
  [[nodiscard]] static Result<CpuSet> parse(std::string_view text);
  // The processors that this process may use now.
  [[nodiscard]] static CpuSet available();
  // Those that another may use; empty: it has gone.
  [[nodiscard]] static CpuSet of(pid_t pid);
  void merge(const CpuSet& other) { cpus_.insert(other.cpus_.begin(), other.cpus_.end()); }

  [[nodiscard]] bool empty() const noexcept { return cpus_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return cpus_.size(); }
  [[nodiscard]] bool contains(int cpu) const noexcept { return cpus_.contains(cpu); }
  [[nodiscard]] bool overlaps(const CpuSet& other) const noexcept;
  [[nodiscard]] const std::set<int>& cpus() const noexcept { return cpus_; }
  [[nodiscard]] std::string text() const;  // "0,2-3"; "" when empty
  bool operator==(const CpuSet&) const = default;

 private:
  std::set<int> cpus_;
};

// Binds the calling thread (and children started by it). An empty set changes nothing. Error names the processors that
// this machine has.
[[nodiscard]] Result<void> pin_this_thread(const CpuSet& cpus);

}  // namespace hotlap
