// `hotlap target verify`: does a server do what load relies on? A running one by its URL, or ours and a scenario's,
// which are started for it, asked, and stopped by the last probe.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/tls.h"
#include "harness/conformance/report.h"
#include "harness/programs.h"
#include "harness/scenario.h"
#include "harness/stop_flag.h"

namespace hotlap::harness {

struct VerifyRequest {
  std::string what;                  // URL, or a scenario's file; empty with `engine`
  std::vector<Setting> target;       // of ours: engine, store …, as a scenario's target has them
  std::string page = "/";            // of ours; a URL and a scenario bring their own
  std::vector<std::string> filters;  // of a scenario's cases
  std::vector<std::string> probes;   // empty: all
  TlsTrust trust;                    // of a URL with https
  Nanos patience = std::chrono::seconds(2);
  bool strict = false;  // always so for servers that we start by `target`
};

// Says each finding through `say` as soon as it is known. Error: usage, target_not_ready, interrupted …
[[nodiscard]] Result<std::vector<VerifiedServer>> verify_servers(const VerifyRequest& request, const Programs& programs,
                                                                 const StopFlag& stop, const LineStyle& style,
                                                                 const std::function<void(std::string_view)>& say);

}  // namespace hotlap::harness
