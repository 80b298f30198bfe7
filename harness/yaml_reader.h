// YAML, read strictly into a plain tree that remembers where everything stood.
// Refused with file:line:column: files above 1 MiB, what is no UTF-8, anchors and aliases (eight bytes can make a tree
// that refers to itself), deep nesting, duplicate keys, tags, keys that are not one line of text, a second document,
// control characters. yaml-cpp stays in the
// .cpp. Pure function of the bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "harness/place.h"

namespace hotlap::harness {

inline constexpr std::size_t kMostYamlBytes = std::size_t{1} << 20;
inline constexpr std::size_t kDeepestYaml = 64;

struct YamlEntry;

struct YamlNode {
  enum class Kind { nothing, scalar, sequence, mapping };
  Kind kind = Kind::nothing;
  std::string text;  // of a scalar
  Place place;
  std::vector<YamlNode> items;     // of a sequence
  std::vector<YamlEntry> entries;  // of a mapping, in the file's order

  [[nodiscard]] const YamlEntry* find(std::string_view key) const noexcept;
  [[nodiscard]] YamlEntry* find(std::string_view key) noexcept;
};

struct YamlEntry {
  std::string key;
  Place place;
  YamlNode value;
};

// "a list", "a mapping" … for messages.
[[nodiscard]] std::string_view to_text(YamlNode::Kind kind) noexcept;

// `file` is only named in messages.
[[nodiscard]] Result<YamlNode> read_yaml(std::string_view bytes, const std::string& file);

// A mapping that has no other keys than these; `what` names it in messages ("the scenario", "load").
[[nodiscard]] Result<void> require_keys(const YamlNode& node, const std::string& file, std::string_view what,
                                        const std::vector<std::string>& known);
// The text of a scalar.
[[nodiscard]] Result<std::string> require_text(const YamlNode& node, const std::string& file, std::string_view what);
[[nodiscard]] Result<void> require_kind(const YamlNode& node, const std::string& file, std::string_view what,
                                        YamlNode::Kind kind);

}  // namespace hotlap::harness
