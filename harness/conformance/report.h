// Findings for a person and for a program: lines of a terminal, and the document hotlap.verify/1. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "harness/conformance/finding.h"

namespace hotlap::harness {

inline constexpr const char* kVerifySchema = "hotlap.verify/1";

struct VerifiedServer {
  std::string url;
  std::string command;  // that started it; empty: it was running
  bool strict = false;  // every probe counts, not only what load relies on
  Nanos patience{};
  std::vector<Finding> findings;
};

struct LineStyle {
  std::size_t width = 100;
  bool color = false;
};

[[nodiscard]] std::string server_line(const VerifiedServer& server, const LineStyle& style);
[[nodiscard]] std::string finding_lines(const Finding& finding, bool strict, const LineStyle& style);
// "19 ok, 1 drop." and what that comes to.
[[nodiscard]] std::string summary_lines(const VerifiedServer& server, const LineStyle& style);
[[nodiscard]] std::string probe_list(const LineStyle& style);

[[nodiscard]] std::string verify_json(const std::vector<VerifiedServer>& servers);

// success, or invalid_run when a probe that counts has failed.
[[nodiscard]] ExitCode exit_code_of(const std::vector<VerifiedServer>& servers);

}  // namespace hotlap::harness
