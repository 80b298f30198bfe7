#include "results/claim.h"

#include <array>
#include <utility>

namespace hotlap::results {
namespace {

constexpr std::array<std::pair<Claim::Kind, std::string_view>, 8> kKinds = {{{Claim::Kind::ratio, "ratio"},
                                                                             {Claim::Kind::value, "value"},
                                                                             {Claim::Kind::order, "order"},
                                                                             {Claim::Kind::rises, "rises"},
                                                                             {Claim::Kind::falls, "falls"},
                                                                             {Claim::Kind::knee, "knee"},
                                                                             {Claim::Kind::shows, "shows"},
                                                                             {Claim::Kind::no_test, "no_test"}}};

constexpr std::array<std::pair<ClaimPolicy, std::string_view>, 3> kPolicies = {
    {{ClaimPolicy::report, "report"},
     {ClaimPolicy::must_not_differ, "must_not_differ"},
     {ClaimPolicy::must_agree, "must_agree"}}};

}  // namespace

std::string_view to_text(Claim::Kind kind) noexcept {
  for (const auto& [value, text] : kKinds)
    if (value == kind) return text;
  return "unknown";
}

std::optional<Claim::Kind> parse_claim_kind(std::string_view text) noexcept {
  for (const auto& [value, name] : kKinds)
    if (name == text) return value;
  return std::nullopt;
}

std::string_view to_text(ClaimPolicy policy) noexcept {
  for (const auto& [value, text] : kPolicies)
    if (value == policy) return text;
  return "unknown";
}

std::optional<ClaimPolicy> parse_claim_policy(std::string_view text) noexcept {
  for (const auto& [value, name] : kPolicies)
    if (name == text) return value;
  return std::nullopt;
}

}  // namespace hotlap::results
