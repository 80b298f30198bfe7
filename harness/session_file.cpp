#include "harness/session_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/did_you_mean.h"
#include "base/units.h"
#include "harness/scenario.h"
#include "harness/yaml_reader.h"

namespace hotlap::harness {
namespace {

using results::ClaimVerdict;

// Reads the mapping under `session`. The first complaint is kept and everything after it is a no-op.
class SessionReader {
 public:
  SessionReader(const YamlNode& session, std::string file) : session_(session), file_(std::move(file)) {}

  Result<SessionFile> read() {
    keep(require_keys(session_, file_, "session",
                      {"scenarios", "profile", "trials", "seed", "budget", "claims", "keep_going"}));
    read_scenarios();
    if (const auto* profile = find("profile")) read_.profile = text(*profile, "profile");
    std::uint64_t trials = 0;
    if (read_count("trials", trials)) {
      if (trials < 1 || trials > kMostTrials)
        refuse(find("trials")->place, fmt::format("trials: {} is not between 1 and {}", trials, kMostTrials));
      read_.trials = static_cast<int>(trials);
    }
    if (std::uint64_t seed = 0; read_count("seed", seed)) read_.seed = seed;
    read_budget();
    read_.claims = choice("claims", {"report", "must_not_differ", "must_agree"}, ClaimPolicy::report);
    read_.keep_going = choice("keep_going", {"no", "yes"}, false);
    if (error_) return std::unexpected(*error_);
    return std::move(read_);
  }

 private:
  bool keep(const Result<void>& result) {
    if (!error_ && !result) error_ = result.error();
    return !error_;
  }
  void refuse(const Place& place, const std::string& sentence) { keep(fail_at(file_, place, sentence)); }
  const YamlNode* find(std::string_view key) {
    const auto* entry = error_ ? nullptr : session_.find(key);
    return entry ? &entry->value : nullptr;
  }
  std::string text(const YamlNode& node, std::string_view what) {
    auto value = require_text(node, file_, what);
    if (!value) keep(std::unexpected(value.error()));
    return value.value_or("");
  }
  bool read_count(std::string_view key, std::uint64_t& into) {
    const auto* node = find(key);
    if (!node) return false;
    const auto count = parse_count(text(*node, key));
    if (!count) refuse(node->place, fmt::format("{}: {}", key, count.error().message));
    if (error_) return false;
    into = *count;
    return true;
  }
  void read_budget() {
    const auto* node = find("budget");
    if (!node) return;
    const auto budget = parse_duration(text(*node, "budget"));
    if (!budget) return refuse(node->place, fmt::format("budget: {}", budget.error().message));
    if (*budget <= Nanos::zero()) return refuse(node->place, "budget: nothing fits into 0s; give a time, like 20m");
    read_.budget = *budget;
  }
  // The value that stands at the place of its name.
  template <class T>
  T choice(std::string_view key, const std::vector<std::string>& names, T otherwise) {
    const auto* node = find(key);
    if (!node) return otherwise;
    const auto name = text(*node, key);
    const auto found = std::ranges::find(names, name);
    if (found != names.end()) return static_cast<T>(found - names.begin());
    refuse(node->place, fmt::format("{} '{}' is unknown{}", key, printable(name), did_you_mean(name, names)));
    return otherwise;
  }

  void read_scenarios() {
    const auto* list = find("scenarios");
    if (!list) {
      refuse(session_.place, "key 'scenarios' is missing; a session names one or more, like 'scenarios: [quick.yaml]'");
      return;
    }
    if (!keep(require_kind(*list, file_, "scenarios", YamlNode::Kind::sequence))) return;
    if (list->items.empty()) refuse(list->place, "scenarios is an empty list; name at least one");
    const auto beside = std::filesystem::path(file_).parent_path();
    for (const auto& item : list->items) {
      const auto path = text(item, "scenarios");
      if (!error_ && path.empty()) refuse(item.place, "scenarios: an empty text is no file");
      read_.scenarios.push_back((beside / path).string());
    }
  }

  const YamlNode& session_;
  std::string file_;
  SessionFile read_;
  std::optional<Error> error_;
};

bool breaks(ClaimVerdict verdict, ClaimPolicy policy) {
  if (policy == ClaimPolicy::report) return false;
  return verdict == ClaimVerdict::differs ||
         (policy == ClaimPolicy::must_agree && verdict == ClaimVerdict::cannot_tell);
}

}  // namespace

Result<std::optional<SessionFile>> session_file_from_yaml(std::string_view bytes, const std::string& file) {
  const auto root = read_yaml(bytes, file);
  if (!root || root->kind != YamlNode::Kind::mapping) return std::nullopt;
  const auto* session = root->find("session");
  if (!session) return std::nullopt;
  if (auto alone = require_keys(*root, file, "a session file", {"session"}); !alone)
    return std::unexpected(alone.error());
  auto read = SessionReader(session->value, file).read();
  if (!read) return std::unexpected(read.error());
  return std::move(*read);
}

Result<std::optional<SessionFile>> load_session_file(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string bytes(kMostYamlBytes, '\0');
  if (!stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size())) && !stream.eof()) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(stream.gcount()));
  return session_file_from_yaml(bytes, file);
}

std::string broken_claims(const std::vector<results::ClaimFinding>& findings, ClaimPolicy policy) {
  std::string named;
  int broken = 0;
  for (const auto& finding : findings)
    if (breaks(finding.verdict, policy)) {
      named += fmt::format("{}{} ({}, {})", broken > 0 ? ", " : "", finding.id, finding.scenario,
                           results::to_text(finding.verdict));
      ++broken;
    }
  if (broken == 0) return {};
  return fmt::format("{} of {} claims {}: {}", broken, findings.size(),
                     policy == ClaimPolicy::must_agree ? "do not agree" : "differ", named);
}

}  // namespace hotlap::harness
