#include "results/claim_json.h"

#include <nlohmann/json.hpp>

namespace hotlap::results {
namespace {

using Json = nlohmann::ordered_json;

Json or_null(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// A list of pairs: an axis may stand in a selector more than once.
Json selector_to_json(const Parameters& selector) {
  Json json = Json::array();
  for (const auto& [axis, value] : selector) json.push_back({axis, value});
  return json;
}

Parameters selector_from_json(const Json& json) {
  Parameters selector;
  if (json.is_object()) {
    for (const auto& [axis, value] : json.items())
      if (value.is_string()) selector.emplace_back(axis, value.get<std::string>());
    return selector;
  }
  for (const auto& pair : json)
    if (pair.is_array() && pair.size() == 2 && pair[0].is_string() && pair[1].is_string())
      selector.emplace_back(pair[0].get<std::string>(), pair[1].get<std::string>());
  return selector;
}

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<double> number_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

Json member(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() ? *found : Json::array();
}

// What each kind needs of cases, so that a claim edited by hand cannot be taken at its word.
bool is_whole(const Claim& claim) {
  using Kind = Claim::Kind;
  const std::size_t least = claim.kind == Kind::no_test                              ? 0
                            : claim.kind == Kind::ratio || claim.kind == Kind::order ? 2
                                                                                     : 1;
  return claim.cases.size() >= least;
}

Claim ratio_of_old(const Json& json) {
  Claim claim;
  claim.id = text_of(json, "claim");
  claim.cases = {selector_from_json(member(json, "numerator")), selector_from_json(member(json, "denominator"))};
  return claim;
}

}  // namespace

std::string claims_to_json(const std::vector<Claim>& claims) {
  Json list = Json::array();
  for (const auto& claim : claims) {
    Json cases = Json::array();
    for (const auto& selector : claim.cases) cases.push_back(selector_to_json(selector));
    list.push_back({{"id", claim.id},
                    {"statement", claim.statement},
                    {"kind", to_text(claim.kind)},
                    {"metric", claim.metric},
                    {"cases", std::move(cases)},
                    {"along", claim.along},
                    {"up_to", claim.up_to},
                    {"hold_least", or_null(claim.hold_least)},
                    {"hold_most", or_null(claim.hold_most)},
                    {"hold_growth", or_null(claim.hold_growth)},
                    {"text", claim.text},
                    {"published", or_null(claim.published)},
                    {"tolerance", or_null(claim.tolerance)},
                    {"at_least", or_null(claim.at_least)},
                    {"at_most", or_null(claim.at_most)},
                    {"caveat", claim.caveat}});
  }
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<Claim> claims_from_json(std::string_view text) {
  std::vector<Claim> claims;
  for (const auto& json : Json::parse(text, nullptr, false)) {
    if (!json.is_object()) continue;
    Claim claim;
    if (json.contains("numerator")) {
      claim = ratio_of_old(json);
    } else {
      const auto kind = parse_claim_kind(text_of(json, "kind"));
      if (!kind) continue;
      claim.kind = *kind;
      claim.id = text_of(json, "id");
      claim.metric = text_of(json, "metric");
      for (const auto& selector : member(json, "cases")) claim.cases.push_back(selector_from_json(selector));
      claim.along = text_of(json, "along");
      claim.up_to = text_of(json, "up_to");
      claim.hold_least = number_of(json, "hold_least");
      claim.hold_most = number_of(json, "hold_most");
      claim.hold_growth = number_of(json, "hold_growth");
      claim.text = text_of(json, "text");
      claim.tolerance = number_of(json, "tolerance");
      claim.at_least = number_of(json, "at_least");
      claim.at_most = number_of(json, "at_most");
    }
    claim.statement = text_of(json, "statement");
    claim.published = number_of(json, "published");
    claim.caveat = text_of(json, "caveat");
    if (is_whole(claim)) claims.push_back(std::move(claim));
  }
  return claims;
}

}  // namespace hotlap::results
