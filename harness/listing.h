// Plans, sessions and trials as text for people. Pure functions; foreign text is made printable.
#pragma once

#include <string>
#include <vector>

#include "harness/plan.h"
#include "harness/programs.h"
#include "results/store.h"

namespace hotlap::harness {

// Cases, the commands that each would start, the order of trials and how long it all takes.
[[nodiscard]] std::string plan_text(const Plan& plan, const Programs& programs, const CpuSet& machine,
                                    const std::vector<CpuSet>& cores);
[[nodiscard]] std::string sessions_text(const std::vector<results::Store::SessionSummary>& sessions);
// One session: what it was, on which machine, every trial in a line with the reason where it did not go well.
[[nodiscard]] std::string session_text(const results::SessionRecord& session);
// One trial with its commands, counters and the end of its log; `number` counts from 1 in the session's order.
[[nodiscard]] Result<std::string> trial_text(const results::SessionRecord& session, int number);

// "3" or "last:7": a session, or one of its trials.
struct ShowRequest {
  std::string session;
  int trial = 0;  // 0: the whole session
};
[[nodiscard]] Result<ShowRequest> parse_show_request(std::string_view text);

}  // namespace hotlap::harness
