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

}  // namespace hotlap::results
