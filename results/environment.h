// Are two environments alike? Facts as sessions keep them: name → value. A fact that only one of them knows says
// nothing (an older hotlap did not ask for it), and what begins with "git" tells where a folder stood, not what ran.
// Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hotlap::results {

using Facts = std::vector<std::pair<std::string, std::string>>;

struct FactDifference {
  std::string name;
  std::string one;
  std::string other;
  [[nodiscard]] std::string text() const;  // "kernel: Linux 6.1 → Linux 6.5"
};

[[nodiscard]] std::vector<FactDifference> environment_differences(const Facts& one, const Facts& other);
// "kernel: A → B; governor: C → D"; empty when there is none.
[[nodiscard]] std::string to_text(const std::vector<FactDifference>& differences);

}  // namespace hotlap::results
