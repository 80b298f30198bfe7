#include "harness/claims_yaml.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/did_you_mean.h"
#include "base/units.h"
#include "harness/scenario_keys.h"
#include "results/claim_metric.h"

namespace hotlap::harness {
namespace {

using results::Claim;
using Kind = results::Claim::Kind;

const std::vector<std::string>& kind_names() {
  static const std::vector<std::string> names = {"ratio", "value", "order", "rises",
                                                 "falls", "knee",  "shows", "no_test"};
  return names;
}

// Reads one claim. The first complaint is kept and everything after it is a no-op.
class ClaimReader {
 public:
  ClaimReader(const YamlNode& node, const Scenario& scenario, const AxisValues& values)
      : node_(node), scenario_(scenario), values_(values) {}

  Result<Claim> read() {
    keep(require_keys(node_, scenario_.file, "a claim", names_of(keys_in("claims"))));
    claim_.id = required(node_, "id", "like 'id: H2'");
    if (claim_.id.find_first_of("\r\n") != std::string::npos)
      refuse(find(node_, "id")->place, fmt::format("id: '{}' holds a line break", printable(claim_.id)));
    claim_.statement = required(node_, "statement", "the sentence that is put to the test");
    optional_text(node_, "caveat", claim_.caveat);
    read_metric();
    read_kind();
    read_expectation();
    if (error_) return std::unexpected(*error_);
    return std::move(claim_);
  }

 private:
  bool keep(const Result<void>& result) {
    if (!error_ && !result) error_ = result.error();
    return !error_;
  }
  void refuse(const Place& place, const std::string& sentence) { keep(fail_at(scenario_.file, place, sentence)); }
  const YamlNode* find(const YamlNode& node, std::string_view key) {
    const auto* entry = error_ ? nullptr : node.find(key);
    return entry ? &entry->value : nullptr;
  }
  bool is(const YamlNode& node, YamlNode::Kind kind, std::string_view what) {
    return !error_ && keep(require_kind(node, scenario_.file, what, kind));
  }
  std::string text(const YamlNode& node, std::string_view what) {
    auto value = require_text(node, scenario_.file, what);
    if (!value) keep(std::unexpected(value.error()));
    return value.value_or("");
  }
  void optional_text(const YamlNode& node, std::string_view key, std::string& into) {
    if (const auto* value = find(node, key)) into = text(*value, key);
  }
  std::string required(const YamlNode& node, std::string_view key, std::string_view hint) {
    const auto* value = find(node, key);
    if (!value) refuse(node.place, fmt::format("key '{}' is missing; {}", key, hint));
    return value ? text(*value, key) : std::string();
  }

  void read_metric() {
    optional_text(node_, "metric", claim_.metric);
    metric_ = results::find_metric(claim_.metric);
    if (!error_ && metric_ == nullptr)
      refuse(find(node_, "metric")->place, fmt::format("metric '{}' is unknown{}", printable(claim_.metric),
                                                       did_you_mean(claim_.metric, results::metric_names())));
  }

  void read_kind() {
    const YamlEntry* chosen = nullptr;
    for (const auto& name : kind_names()) {
      const auto* entry = error_ ? nullptr : node_.find(name);
      if (!entry) continue;
      if (chosen)
        refuse(entry->place, fmt::format("a claim is either '{}' or '{}'; make two of them", chosen->key, name));
      chosen = entry;
    }
    if (!error_ && !chosen) refuse(node_.place, fmt::format("a claim needs one of {}", fmt::join(kind_names(), ", ")));
    if (error_) return;
    claim_.kind = *results::parse_claim_kind(chosen->key);
    const auto& node = chosen->value;
    switch (claim_.kind) {
      case Kind::ratio:
        if (!keep(require_keys(node, scenario_.file, "ratio", names_of(keys_in("claims.ratio"))))) return;
        for (const char* side : {"of", "to"}) read_cases_of(node, side, true);
        break;
      case Kind::value:
        read_cases(node, "value");
        break;
      case Kind::order:
        if (!is(node, YamlNode::Kind::sequence, "order")) return;
        for (const auto& item : node.items) read_cases(item, "an item of order");
        if (!error_ && claim_.cases.size() < 2)
          refuse(node.place, "order: list two or more groups of cases, the highest first");
        break;
      case Kind::rises:
      case Kind::falls:
        if (!keep(require_keys(node, scenario_.file, chosen->key, names_of(keys_in("claims.rises"))))) return;
        read_line(node, chosen->key);
        optional_text(node, "up_to", claim_.up_to);
        if (!claim_.up_to.empty()) require_value(claim_.along, claim_.up_to, find(node, "up_to")->place, "up_to");
        break;
      case Kind::knee:
        if (!keep(require_keys(node, scenario_.file, "knee", names_of(keys_in("claims.knee"))))) return;
        read_line(node, "knee");
        read_while(node);
        break;
      case Kind::shows:
        if (!keep(require_keys(node, scenario_.file, "shows", names_of(keys_in("claims.shows"))))) return;
        read_cases_of(node, "cases", false);
        claim_.text = required(node, "text", "what the trials' reasons or errors hold");
        if (!error_ && claim_.text.empty())
          refuse(find(node, "text")->place, "text is empty; every trial would show it");
        break;
      case Kind::no_test:
        claim_.text = text(node, "no_test");
        break;
    }
  }

  void read_line(const YamlNode& node, const std::string& what) {
    claim_.along = required(node, "along", "the axis, like 'along: depth'");
    if (!error_ && !scenario_.axis(claim_.along))
      refuse(find(node, "along")->place, fmt::format("axis '{}' is unknown in {}{}", printable(claim_.along), what,
                                                     did_you_mean(claim_.along, scenario_.axis_names())));
    read_cases_of(node, "cases", false);
    if (!error_ && results::names(claim_.cases.back(), claim_.along))
      refuse(find(node, "cases")->place,
             fmt::format("cases name axis '{}', along which the claim goes; leave it out", claim_.along));
  }

  void read_while(const YamlNode& node) {
    const auto* condition = find(node, "while");
    if (!condition) {
      refuse(node.place, "key 'while' is missing; what a step has to meet, like 'while: {at_most: 0}'");
      return;
    }
    if (!keep(require_keys(*condition, scenario_.file, "while", names_of(keys_in("claims.knee.while"))))) return;
    read_bound(*condition, "at_least", metric_->unit, claim_.hold_least);
    read_bound(*condition, "at_most", metric_->unit, claim_.hold_most);
    read_bound(*condition, "grows_by", results::Unit::share, claim_.hold_growth);
    if (!error_ && claim_.hold_growth.has_value() == (claim_.hold_least || claim_.hold_most))
      refuse(condition->place, "while takes either grows_by, or at_least and at_most");
  }

  void read_cases_of(const YamlNode& node, std::string_view key, bool required_key) {
    const auto* cases = find(node, key);
    if (cases)
      read_cases(*cases, key);
    else if (required_key)
      refuse(node.place, fmt::format("key '{}' is missing; it selects cases, like '{}: {{depth: 24}}'", key, key));
    else
      claim_.cases.emplace_back();
  }

  // Cases by their values; a list of values means any of them.
  void read_cases(const YamlNode& node, std::string_view what) {
    if (!is(node, YamlNode::Kind::mapping, what)) return;
    results::Parameters selector;
    for (const auto& entry : node.entries) {
      if (!error_ && !scenario_.axis(entry.key))
        refuse(entry.place, fmt::format("axis '{}' is unknown in {}{}", printable(entry.key), what,
                                        did_you_mean(entry.key, scenario_.axis_names())));
      const bool many = entry.value.kind == YamlNode::Kind::sequence;
      for (std::size_t i = 0; !error_ && i < (many ? entry.value.items.size() : 1); ++i) {
        const auto& item = many ? entry.value.items[i] : entry.value;
        const auto value = text(item, entry.key);
        require_value(entry.key, value, item.place, what);
        selector.emplace_back(entry.key, value);
      }
    }
    claim_.cases.push_back(std::move(selector));
  }

  void require_value(const std::string& axis, const std::string& value, const Place& place, std::string_view what) {
    if (error_) return;
    if (!values_.has(axis, value))
      refuse(place, fmt::format("axis '{}' has no value '{}', named in {}{}", axis, printable(value), what,
                                did_you_mean(value, scenario_.values_of(axis))));
  }

  void read_bound(const YamlNode& node, std::string_view key, results::Unit unit, std::optional<double>& into) {
    const auto* value = find(node, key);
    if (!value) return;
    const auto parsed = results::parse_value(unit, text(*value, key));
    if (error_) return;
    if (!parsed)
      refuse(value->place, fmt::format("{}: {}", key, parsed.error().message));
    else if (*parsed < 0)
      refuse(value->place, fmt::format("{}: {} is below 0", key, printable(value->text)));
    else
      into = *parsed;
  }

  void read_position(std::string_view key, std::optional<double>& into) {
    const auto* value = find(node_, key);
    if (!value) return;
    into = results::axis_number(text(*value, key));
    if (!error_ && !into)
      refuse(value->place, fmt::format("{} '{}' is no value that axis '{}' could have, like 64, 500/s or 10ms", key,
                                       printable(value->text), claim_.along));
  }

  void read_expectation() {
    if (error_) return;
    for (const auto& [key, into] : {std::pair{"published", &claim_.published}, std::pair{"at_least", &claim_.at_least},
                                    std::pair{"at_most", &claim_.at_most}}) {
      if (claim_.kind == Kind::knee)
        read_position(key, *into);
      else
        read_bound(node_, key, claim_.kind == Kind::value ? metric_->unit : results::Unit::number, *into);
    }
    read_bound(node_, "tolerance", results::Unit::share, claim_.tolerance);
    if (error_) return;
    const bool bounded = claim_.at_least || claim_.at_most;
    if (claim_.published && !(*claim_.published > 0))
      refuse(find(node_, "published")->place, "published: 0 is no figure to compare with; use at_most");
    if ((claim_.kind == Kind::ratio || claim_.kind == Kind::value) && !claim_.published && !bounded)
      refuse(node_.place, "the claim expects nothing: give 'published', or 'at_least' or 'at_most'");
    if (claim_.at_least && claim_.at_most && *claim_.at_least > *claim_.at_most)
      refuse(find(node_, "at_most")->place, "at_most is below at_least");
    const bool takes_none = claim_.kind == Kind::shows || claim_.kind == Kind::no_test || claim_.kind == Kind::order;
    if (takes_none && bounded)
      refuse(node_.place, fmt::format("'{}' takes neither at_least nor at_most", to_text(claim_.kind)));
    const bool has_metric = claim_.kind != Kind::shows && claim_.kind != Kind::no_test;
    if (!has_metric && find(node_, "metric"))
      refuse(find(node_, "metric")->place, fmt::format("'{}' has no metric", to_text(claim_.kind)));
  }

  const YamlNode& node_;
  const Scenario& scenario_;
  const AxisValues& values_;
  const results::Metric* metric_ = nullptr;
  Claim claim_;
  std::optional<Error> error_;
};

}  // namespace

Result<std::vector<Claim>> read_claims(const YamlNode& node, const Scenario& scenario, const AxisValues& values) {
  if (auto list = require_kind(node, scenario.file, "claims", YamlNode::Kind::sequence); !list)
    return std::unexpected(list.error());
  std::vector<Claim> claims;
  for (const auto& item : node.items) {
    auto claim = ClaimReader(item, scenario, values).read();
    if (!claim) return std::unexpected(claim.error());
    claims.push_back(std::move(*claim));
  }
  return claims;
}

}  // namespace hotlap::harness
