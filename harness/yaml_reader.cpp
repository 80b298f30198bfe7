#include "harness/yaml_reader.h"

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "base/did_you_mean.h"
#include "base/units.h"
#include "harness/complaints.h"

namespace hotlap::harness {
namespace {

struct Refusal {
  Place place;
  std::string sentence;
};

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == '\x7f';
}

Place place_of(const YAML::Mark& mark) {
  return {mark.line + 1, mark.column + 1};
}

// Builds the tree from the parser's events, so that no alias is ever followed. Refuses by throwing Refusal, caught in
// read_yaml: yaml-cpp has no other way to stop.
class TreeBuilder final : public YAML::EventHandler {
 public:
  YamlNode root;
  bool any = false;

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (any) throw Refusal{place_of(mark), "a second document begins here; a scenario is one document"};
    any = true;
  }
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& mark, const std::string& name) override { refuse_anchor(place_of(mark), name); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refusal{place_of(mark), "aliases (*name) are not allowed; write the value again"};
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(make(YamlNode::Kind::nothing, mark, "", anchor));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto node = make(YamlNode::Kind::scalar, mark, tag, anchor);
    for (const char c : value)
      if (is_control(c))
        throw Refusal{node.place,
                      fmt::format("the character \\x{:02x} is not allowed in a value", static_cast<unsigned char>(c))};
    node.text = value;
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(make(YamlNode::Kind::sequence, mark, tag, anchor));
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(make(YamlNode::Kind::mapping, mark, tag, anchor));
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    YamlNode node;
    std::string key;
    Place key_place;
    bool has_key;
    std::unordered_map<std::string, int> lines;  // of the keys
  };

  void open(YamlNode node) {
    if (open_.size() >= kDeepestYaml)
      throw Refusal{node.place,
                    fmt::format("this is nested more than {} deep; a scenario never needs to be", kDeepestYaml)};
    open_.push_back({std::move(node), {}, {}, false, {}});
  }

  static void refuse_anchor(const Place& place, const std::string& name) {
    throw Refusal{place,
                  fmt::format("anchors (&{}) are not allowed; write the value where it is needed", printable(name))};
  }

  static YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) refuse_anchor(place_of(mark), "…");
    if (!tag.empty() && tag != "?" && tag != "!")
      throw Refusal{place_of(mark), fmt::format("tag '{}' is not allowed; all values are plain text", printable(tag))};
    YamlNode node;
    node.kind = kind;
    node.place = place_of(mark);
    return node;
  }

  void add(YamlNode node) {
    if (open_.empty()) {
      root = std::move(node);
      return;
    }
    auto& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::sequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      if (node.kind != YamlNode::Kind::scalar) throw Refusal{node.place, "a key must be text"};
      if (node.text.find_first_of("\r\n") != std::string::npos)
        throw Refusal{node.place, fmt::format("key '{}' holds a line break", printable(node.text))};
      const auto [first, is_new] = parent.lines.emplace(node.text, node.place.line);
      if (!is_new)
        throw Refusal{node.place, fmt::format("key '{}' stands twice; the first is in line {}", printable(node.text),
                                              first->second)};
      parent.key = std::move(node.text);
      parent.key_place = node.place;
      parent.has_key = true;
    } else {
      parent.node.entries.push_back({std::move(parent.key), parent.key_place, std::move(node)});
      parent.has_key = false;
    }
  }

  void close() {
    auto node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
  }

  std::vector<Open> open_;
};

// The first byte that no text file should hold.
Result<void> refuse_other_than_text(std::string_view bytes, const std::string& file) {
  Place place{1, 1};
  for (std::size_t at = 0; at < bytes.size();) {
    const auto letter = static_cast<unsigned char>(bytes[at]) < 0x80 ? 1 : utf8_letter(bytes.substr(at));
    if (letter == 0 || is_control(bytes[at]))
      return fail_at(file, place,
                     fmt::format("byte 0x{:02x} is not allowed in a scenario; is this a YAML text file in UTF-8?",
                                 static_cast<unsigned char>(bytes[at])));
    ++place.column;
    if (bytes[at] == '\n') place = {place.line + 1, 1};
    at += letter;
  }
  return {};
}

}  // namespace

const YamlEntry* YamlNode::find(std::string_view key) const noexcept {
  for (const auto& entry : entries)
    if (entry.key == key) return &entry;
  return nullptr;
}

YamlEntry* YamlNode::find(std::string_view key) noexcept {
  for (auto& entry : entries)
    if (entry.key == key) return &entry;
  return nullptr;
}

std::string_view to_text(YamlNode::Kind kind) noexcept {
  switch (kind) {
    case YamlNode::Kind::nothing:
      return "empty";
    case YamlNode::Kind::scalar:
      return "a single value";
    case YamlNode::Kind::sequence:
      return "a list";
    case YamlNode::Kind::mapping:
      return "a mapping";
  }
  return "?";
}

Result<YamlNode> read_yaml(std::string_view bytes, const std::string& file) {
  if (bytes.size() > kMostYamlBytes)
    return fail_at(
        file, {1, 1},
        fmt::format("the file has more than {} bytes; a scenario is never that long, split it", kMostYamlBytes));
  if (auto clean = refuse_other_than_text(bytes, file); !clean) return std::unexpected(clean.error());
  TreeBuilder tree;
  try {
    std::istringstream input{std::string(bytes)};
    YAML::Parser parser(input);
    while (parser.HandleNextDocument(tree)) {
    }
  } catch (const Refusal& refusal) {
    return fail_at(file, refusal.place, refusal.sentence);
  } catch (const YAML::Exception& error) {
    return fail_at(
        file, place_of(error.mark),
        fmt::format("this is not YAML: {}; look at the indentation, brackets and quotes up to here", error.msg));
  }
  if (!tree.any) return fail_at(file, {1, 1}, "the file is empty; a scenario begins with 'name: …'");
  return std::move(tree.root);
}

Result<void> require_kind(const YamlNode& node, const std::string& file, std::string_view what, YamlNode::Kind kind) {
  if (node.kind == kind) return {};
  return fail_at(file, node.place,
                 fmt::format("{} is {}, but {} is expected", what, to_text(node.kind), to_text(kind)));
}

Result<void> require_keys(const YamlNode& node, const std::string& file, std::string_view what,
                          const std::vector<std::string>& known) {
  if (auto mapping = require_kind(node, file, what, YamlNode::Kind::mapping); !mapping) return mapping;
  Complaints unknown;
  for (const auto& entry : node.entries) {
    if (unknown.full()) break;
    if (std::ranges::find(known, entry.key) != known.end()) continue;
    const auto sentence =
        fmt::format("key '{}' is unknown in {}{}", printable(entry.key), what, did_you_mean(entry.key, known));
    unknown.add(fail_at(file, entry.place, sentence).error());
  }
  if (unknown.empty()) return {};
  return std::unexpected(unknown.error());
}

Result<std::string> require_text(const YamlNode& node, const std::string& file, std::string_view what) {
  if (node.kind == YamlNode::Kind::mapping && node.entries.size() == 1 &&
      node.entries[0].value.kind == YamlNode::Kind::nothing)
    return fail_at(
        file, node.place,
        fmt::format("{} is a mapping, but a single value is expected; to insert an axis, quote it: \"{{{}}}\"", what,
                    printable(node.entries[0].key)));
  if (auto scalar = require_kind(node, file, what, YamlNode::Kind::scalar); !scalar)
    return std::unexpected(scalar.error());
  return node.text;
}

}  // namespace hotlap::harness
