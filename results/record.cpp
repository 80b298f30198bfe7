#include "results/record.h"

#include <array>

namespace hotlap::results {
namespace {

constexpr std::array<std::pair<TrialState, std::string_view>, 6> kStates = {{{TrialState::planned, "planned"},
                                                                             {TrialState::running, "running"},
                                                                             {TrialState::ok, "ok"},
                                                                             {TrialState::invalid, "invalid"},
                                                                             {TrialState::failed, "failed"},
                                                                             {TrialState::skipped, "skipped"}}};

}  // namespace

std::string_view to_text(TrialState state) noexcept {
  for (const auto& [value, text] : kStates)
    if (value == state) return text;
  return "unknown";
}

std::optional<TrialState> parse_trial_state(std::string_view text) noexcept {
  for (const auto& [value, name] : kStates)
    if (name == text) return value;
  return std::nullopt;
}

std::optional<double> TrialRecord::database_calls_per_request() const noexcept {
  if (!database_calls || !measurement || measurement->total.answered == 0) return std::nullopt;
  return static_cast<double>(*database_calls) / static_cast<double>(measurement->total.answered);
}

bool in_summary(const TrialRecord& trial) noexcept {
  return trial.state == TrialState::ok && !trial.excluded && trial.measurement &&
         trial.measurement->verdict.level != load::VerdictLevel::invalid;
}

}  // namespace hotlap::results
