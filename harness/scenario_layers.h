// A scenario's YAML as the layers that it is made of: the files that it extends, itself, a profile, and --set. Mappings
// merge key by key; lists and single values replace; the later layer wins. A target of another kind (engine, command)
// replaces the whole target but its cpus. Then "{var}" is filled in everywhere. What is left is one tree, whose nodes
// still know where they were written.
// Pure but for `ReadFile`. Errors name both places where two are at odds.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/error.h"
#include "harness/yaml_reader.h"

namespace hotlap::harness {

using ReadFile = std::function<Result<std::string>(const std::string& path)>;
// At most one byte more than a scenario may have.
[[nodiscard]] Result<std::string> read_scenario_file(const std::string& path);

inline constexpr std::size_t kLongestExtends = 8;  // files one under the other
inline constexpr std::size_t kMostExtended = 64;   // files in all

struct Layers {
  YamlNode root;
  // What the merged tree may have lost: every value that an axis ever listed, and every name that stood in braces.
  std::unordered_map<std::string, std::unordered_set<std::string>> axis_values;
  std::set<std::string> mentioned;
};

// The file and what it extends. Names of other files are relative to the one that they stand in. `name` is not handed
// down: every scenario has its own.
[[nodiscard]] Result<Layers> read_layers(std::string_view bytes, const std::string& file, const ReadFile& read);

// The tree with one of its profiles on top, which may extend others.
[[nodiscard]] Result<YamlNode> with_profile(YamlNode root, const std::string& profile, const std::string& file);

// "load.duration=5s", "matrix.depth=[1,24]": `number` counts from 1 and is the place that messages name. Text that does
// not begin with "[" is taken as it is.
[[nodiscard]] Result<void> set_value(YamlNode& root, const std::string& assignment, std::size_t number);

// `vars` filled in, and gone from the tree; their names stay with `names`. One that is used nowhere is refused.
[[nodiscard]] Result<YamlNode> with_vars(YamlNode root, const Layers& layers, const std::string& file,
                                         std::vector<std::string>& names);

}  // namespace hotlap::harness
