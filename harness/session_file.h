// A session as a file: which scenarios run together, how, and whether what they say about their claims decides the exit
// code. `hotlap run nightly.yaml` takes it in place of the scenarios that it names. Read as strictly as a scenario.
// Source: docs/scenarios.md, "Session files".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/units.h"
#include "results/claim_verdict.h"

namespace hotlap::harness {

using results::ClaimPolicy;

struct SessionFile {
  std::vector<std::string> scenarios;  // paths as they can be opened from here
  std::string profile;
  std::optional<int> trials;
  std::optional<std::uint64_t> seed;
  std::optional<Nanos> budget;  // the most that all of it may take
  ClaimPolicy claims = ClaimPolicy::report;
  bool keep_going = false;
};

// `bytes` of `file`. Nothing when it is no session file: it has no key `session`, or cannot be read as YAML at all
// (whoever reads it as a scenario says why). Error: file:line:column and what is expected.
[[nodiscard]] Result<std::optional<SessionFile>> session_file_from_yaml(std::string_view bytes,
                                                                        const std::string& file);
[[nodiscard]] Result<std::optional<SessionFile>> load_session_file(const std::string& file);

// How many findings break the policy, and which, in one sentence; empty when none does. Pure.
[[nodiscard]] std::string broken_claims(const std::vector<results::ClaimFinding>& findings, ClaimPolicy policy);

}  // namespace hotlap::harness
