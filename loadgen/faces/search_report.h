// What a search or a sweep says: lines for people, and the document hotlap.search/1. Pure.
#pragma once

#include <string>

#include "loadgen/ceiling.h"
#include "loadgen/search.h"
#include "loadgen/sweep.h"

namespace hotlap::loadgen {

[[nodiscard]] std::string plan_text(const SearchPlan& plan, const load::LoadSpec& spec);
[[nodiscard]] std::string plan_text(const SweepPlan& plan, const load::LoadSpec& spec);

[[nodiscard]] std::string steps_head(Variable variable);
[[nodiscard]] std::string step_text(Variable variable, const SearchStep& step);
[[nodiscard]] std::string step_text(Variable variable, const SweepStep& step);

[[nodiscard]] std::string result_text(const SearchPlan& plan, const SearchResult& result);
[[nodiscard]] std::string result_text(const SweepPlan& plan, const SweepResult& result);
// `found` is the throughput at the found maximum.
[[nodiscard]] std::string ceiling_text(const Result<Ceiling>& ceiling, double found_per_s);

[[nodiscard]] std::string search_json(const SearchPlan& plan, const SearchResult& result,
                                      const std::optional<Ceiling>& ceiling);
[[nodiscard]] std::string search_json(const SweepPlan& plan, const SweepResult& result);

}  // namespace hotlap::loadgen
