#include "harness/scenario_layers.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>

#include "base/did_you_mean.h"
#include "base/units.h"
#include "harness/case_settings.h"
#include "harness/placeholders.h"
#include "harness/scenario_keys.h"

namespace hotlap::harness {
namespace {

constexpr std::size_t kMostFilledBytes = kMostYamlBytes;  // of all values together

void remove(YamlNode& mapping, std::string_view key) {
  std::erase_if(mapping.entries, [&](const YamlEntry& entry) { return entry.key == key; });
}

std::vector<std::string> keys_of(const YamlNode& mapping) {
  std::vector<std::string> keys;
  keys.reserve(mapping.entries.size());
  for (const auto& entry : mapping.entries) keys.push_back(entry.key);
  return keys;
}

// See overridden() in case_settings.h for the same of settings.
void drop_other_target(YamlNode& base, const YamlNode& over) {
  const auto kind = target_kind(keys_of(over));
  const auto base_kind = target_kind(keys_of(base));
  if (kind.empty() || kind == (base_kind.empty() ? "engine" : base_kind)) return;
  std::erase_if(base.entries, [](const YamlEntry& entry) { return !fits_any_target(entry.key); });
}

void merge(YamlNode& base, YamlNode over, std::string_view key = {}) {
  if (base.kind != YamlNode::Kind::mapping || over.kind != YamlNode::Kind::mapping) {
    base = std::move(over);
    return;
  }
  if (key == "target") drop_other_target(base, over);
  std::unordered_map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < base.entries.size(); ++i) index.emplace(base.entries[i].key, i);
  for (auto& entry : over.entries) {
    const auto found = index.find(entry.key);
    if (found == index.end()) {
      base.entries.push_back(std::move(entry));
    } else {
      auto& old = base.entries[found->second];
      old.place = std::move(entry.place);
      merge(old.value, std::move(entry.value), entry.key);
    }
  }
}

// Calls `what` with the place of every node and key.
template <class Do>
void for_each_place(YamlNode& node, const Do& what) {
  what(node.place);
  for (auto& item : node.items) for_each_place(item, what);
  for (auto& entry : node.entries) {
    what(entry.place);
    for_each_place(entry.value, what);
  }
}

template <class Do>
void for_each_text(const YamlNode& node, const Do& what) {
  if (node.kind == YamlNode::Kind::scalar) what(node);
  for (const auto& item : node.items) for_each_text(item, what);
  for (const auto& entry : node.entries) for_each_text(entry.value, what);
}

void remember(Layers& layers, const YamlNode& root) {
  for (const auto& entry : root.entries)
    if (entry.key != "vars")
      for_each_text(entry.value, [&](const YamlNode& node) {
        for (auto& name : placeholders(node.text)) layers.mentioned.insert(std::move(name));
      });
  const auto* matrix = root.find("matrix");
  if (!matrix) return;
  for (const auto& entry : matrix->value.entries)
    if (is_axis_name(entry.key))
      for_each_text(entry.value, [&](const YamlNode& node) { layers.axis_values[entry.key].insert(node.text); });
  if (const auto* include = matrix->value.find("include"))
    for (const auto& item : include->value.items)
      for (const auto& entry : item.entries) layers.axis_values[entry.key].insert(entry.value.text);
}

struct Name {
  std::string text;
  Place place;
};

// A name or a list of them, under `key`.
Result<std::vector<Name>> names_under(const YamlNode& mapping, const std::string& key, const std::string& file) {
  std::vector<Name> names;
  const auto* entry = mapping.find(key);
  if (!entry) return names;
  const auto take = [&](const YamlNode& node) -> Result<void> {
    auto text = require_text(node, file, key);
    if (!text) return std::unexpected(text.error());
    if (text->empty() || text->find_first_of("\r\n") != std::string::npos)
      return fail_at(file, node.place, fmt::format("{} '{}' is no name", key, printable(*text)));
    names.push_back({std::move(*text), node.place});
    return {};
  };
  if (entry->value.kind != YamlNode::Kind::sequence) {
    if (auto taken = take(entry->value); !taken) return std::unexpected(taken.error());
    return names;
  }
  for (const auto& item : entry->value.items)
    if (auto taken = take(item); !taken) return std::unexpected(taken.error());
  if (names.empty()) return fail_at(file, entry->value.place, fmt::format("{} is an empty list; leave it out", key));
  return names;
}

// Reads a file and, before it, the files that it extends.
class Chain {
 public:
  Chain(Layers& layers, const ReadFile& read) : layers_(layers), read_(read) {}

  Result<YamlNode> read(std::string_view bytes, const std::string& file) {
    auto own = read_yaml(bytes, file);
    if (!own) return own;
    const bool is_base = !open_.empty();
    if (is_base) {
      for_each_place(*own, [&](Place& place) { place.file = file; });
      if (auto mapping = require_kind(*own, file, "the scenario", YamlNode::Kind::mapping); !mapping)
        return std::unexpected(mapping.error());
      remove(*own, "name");
    }
    remember(layers_, *own);
    if (own->kind != YamlNode::Kind::mapping) return own;
    const auto extended = names_under(*own, "extends", file);
    if (!extended) return std::unexpected(extended.error());
    remove(*own, "extends");
    if (extended->empty()) return own;
    YamlNode merged;
    merged.kind = YamlNode::Kind::mapping;
    merged.place = own->place;
    for (const auto& name : *extended) {
      auto base = read_base(name, file);
      if (!base) return base;
      merge(merged, std::move(*base));
    }
    merge(merged, std::move(*own));
    return merged;
  }

 private:
  struct Link {
    std::string file;
    std::string says;  // file:line:column where it names the next one
  };

  Result<YamlNode> read_base(const Name& name, const std::string& file) {
    namespace fs = std::filesystem;
    const auto path = (fs::path(file).parent_path() / name.text).lexically_normal().string();
    const auto refuse = [&](const std::string& sentence) { return fail_at(file, name.place, sentence); };
    open_.push_back({fs::path(file).lexically_normal().string(),
                     fmt::format("{}:{}:{}", file, name.place.line, name.place.column)});
    const auto same = std::ranges::find(open_, path, &Link::file);
    if (same != open_.end() && same + 1 == open_.end())
      return refuse(fmt::format("extends: {} extends itself; take this out", printable(path)));
    if (same != open_.end())
      return refuse(fmt::format("extends: {} extends this file in turn, at {}; take one of the two out",
                                printable(path), same->says));
    if (open_.size() > kLongestExtends)
      return refuse(fmt::format("extends: more than {} files one under the other, from {} on; merge some",
                                kLongestExtends, open_.front().says));
    if (++files_ > kMostExtended)
      return refuse(
          fmt::format("extends: more than {} files in all, from {} on; merge some", kMostExtended, open_.front().says));
    const auto bytes = read_(path);
    if (!bytes) return refuse(fmt::format("extends '{}': {}", printable(name.text), bytes.error().message));
    auto base = read(*bytes, path);
    open_.pop_back();
    return base;
  }

  Layers& layers_;
  const ReadFile& read_;
  std::vector<Link> open_;
  std::size_t files_ = 0;
};

// One profile as a layer: "duration" and "warm_up" are short for those of load.
YamlNode as_layer(YamlNode profile) {
  YamlNode load;
  load.kind = YamlNode::Kind::mapping;
  load.place = profile.place;
  for (const char* key : {"duration", "warm_up"})
    if (const auto* entry = profile.find(key)) load.entries.push_back(*entry);
  for (const char* key : {"extends", "duration", "warm_up"}) remove(profile, key);
  if (load.entries.empty()) return profile;
  if (auto* own = profile.find("load"))
    merge(own->value, std::move(load));
  else
    profile.entries.push_back({"load", profile.place, std::move(load)});
  return profile;
}

class Profiles {
 public:
  Profiles(const YamlNode& all, const std::string& file) : all_(all), file_(file) {}

  Result<void> apply(const Name& name, YamlNode& root) {
    const auto* entry = all_.find(name.text);
    if (!entry)
      return fail_at(
          file_, name.place,
          fmt::format("profile '{}' is unknown{}", printable(name.text),
                      all_.entries.empty() ? "; the scenario has none" : did_you_mean(name.text, keys_of(all_))));
    if (const auto same = std::ranges::find(open_, name.text, &Name::text); same != open_.end())
      return fail_at(file_, name.place,
                     fmt::format("extends: profile '{}' extends this one in turn, at {}; take one of the two out",
                                 printable(name.text), elsewhere(same->place)));
    if (auto known = require_keys(entry->value, file_, fmt::format("profile '{}'", printable(name.text)),
                                  names_of(profile_keys()));
        !known)
      return known;
    const auto others = names_under(entry->value, "extends", file_);
    if (!others) return std::unexpected(others.error());
    if (open_.size() >= kLongestExtends || ++applied_ > kMostExtended)
      return fail_at(file_, name.place,
                     fmt::format("extends: more than {} profiles one under the other, or {} in all", kLongestExtends,
                                 kMostExtended));
    open_.push_back({name.text, entry->place});
    for (const auto& other : *others)
      if (auto done = apply(other, root); !done) return done;
    open_.pop_back();
    merge(root, as_layer(entry->value));
    return {};
  }

 private:
  const YamlNode& all_;
  const std::string& file_;
  std::vector<Name> open_;
  std::size_t applied_ = 0;
};

// Fills in one value after the other, up to kMostFilledBytes of them all.
class VarFiller {
 public:
  VarFiller(const results::Parameters& values, const std::unordered_map<std::string, Place>& places,
            const std::string& file)
      : values_(values), places_(places), file_(file) {}

  Result<void> fill(YamlNode& node) {
    if (node.kind == YamlNode::Kind::scalar && node.text.contains('{')) {
      if (!stays_within(kMostFilledBytes - filled_, node.text, values_))
        return fail_at(file_, node.place,
                       fmt::format("with vars filled in this scenario would have more than {} bytes; shorten them",
                                   kMostFilledBytes));
      const auto whole = std::exchange(node.text, fill_in(node.text, values_));
      filled_ += node.text.size();
      const auto var = places_.find(whole.substr(1, whole.size() - 2));
      if (var != places_.end() && whole == "{" + var->first + "}") node.place = var->second;
    }
    for (auto& item : node.items)
      if (auto done = fill(item); !done) return done;
    for (auto& entry : node.entries)
      if (auto done = fill(entry.value); !done) return done;
    return {};
  }

 private:
  const results::Parameters& values_;
  const std::unordered_map<std::string, Place>& places_;
  const std::string& file_;
  std::size_t filled_ = 0;
};

}  // namespace

Result<std::string> read_scenario_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string bytes;
  if (file) {
    // One byte more than allowed is enough for read_yaml to refuse it.
    bytes.resize(kMostYamlBytes + 1);
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
  }
  if (!file.eof() && bytes.size() <= kMostYamlBytes) {
    const int error = errno != 0 ? errno : EISDIR;
    return fail(system_message(fmt::format("scenario {} cannot be read", path), error) +
                    (error == ENOENT   ? "; check its name, or make one with 'hotlap init'"
                     : error == EISDIR ? "; name a file in this folder"
                                       : "; whoever runs hotlap has to be allowed to read it"),
                ExitCode::bad_config);
  }
  return bytes;
}

Result<Layers> read_layers(std::string_view bytes, const std::string& file, const ReadFile& read) {
  Layers layers;
  auto root = Chain(layers, read).read(bytes, file);
  if (!root) return std::unexpected(root.error());
  layers.root = std::move(*root);
  return layers;
}

Result<YamlNode> with_profile(YamlNode root, const std::string& profile, const std::string& file) {
  static const YamlNode none;
  const auto* all = root.find("profiles");
  const auto profiles = all ? all->value : none;
  if (auto done = Profiles(profiles, file).apply({profile, {}}, root); !done) return std::unexpected(done.error());
  return root;
}

Result<void> set_value(YamlNode& root, const std::string& assignment, std::size_t number) {
  const auto where = fmt::format("--set {}", number);
  const auto usage = [&](const std::string& sentence) {
    return fail(fmt::format("{}: {}", where, sentence), ExitCode::usage);
  };
  const auto equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0)
    return usage(fmt::format("'{}' is not like load.duration=5s or matrix.depth=[1,24]", printable(assignment)));
  const auto path = std::string_view(assignment).substr(0, equals);
  const auto text = std::string_view(assignment).substr(equals + 1);
  YamlNode value;
  if (text.starts_with('[')) {
    auto list = read_yaml(text, where);
    if (!list) return std::unexpected(list.error());
    value = std::move(*list);
  } else {
    value.kind = YamlNode::Kind::scalar;
    value.text = text;
    for (const char c : text)
      if (static_cast<unsigned char>(c) < 0x20 || c == '\x7f')
        return usage(fmt::format("'{}' holds a control character", printable(assignment)));
  }
  for_each_place(value, [&](Place& place) { place = {.line = 0, .column = 0, .file = where}; });
  auto* node = &root;
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find('.', begin), path.size());
    const std::string key(path.substr(begin, end - begin));
    begin = end + 1;
    if (key.empty()) return usage(fmt::format("'{}' has an empty name between its dots", printable(path)));
    if (node == &root && (key == "profiles" || key == "extends"))
      return usage(fmt::format("{} cannot be set; {}", key,
                               key == "profiles" ? "choose one with --profile" : "write it into a file"));
    if (node->kind != YamlNode::Kind::mapping)
      return fail_at(where, {},
                     fmt::format("{} is {}, so {} cannot be set in it; set it as a whole",
                                 path.substr(0, end - key.size() - 1), to_text(node->kind), key));
    auto* entry = node->find(key);
    if (!entry) {
      YamlNode empty;
      empty.kind = YamlNode::Kind::mapping;
      empty.place = value.place;
      node->entries.push_back({key, value.place, std::move(empty)});
      entry = &node->entries.back();
    }
    if (begin > path.size()) {
      YamlNode over;
      over.kind = YamlNode::Kind::mapping;
      over.place = value.place;
      over.entries.push_back({key, value.place, std::move(value)});
      const bool in_target = path.starts_with("target.");
      merge(*node, std::move(over), in_target ? "target" : "");
      return {};
    }
    node = &entry->value;
  }
  return {};
}

Result<YamlNode> with_vars(YamlNode root, const Layers& layers, const std::string& file,
                           std::vector<std::string>& names) {
  const auto* entry = root.find("vars");
  if (!entry) return root;
  if (auto mapping = require_kind(entry->value, file, "vars", YamlNode::Kind::mapping); !mapping)
    return std::unexpected(mapping.error());
  const auto* matrix = root.find("matrix");
  results::Parameters values;
  std::unordered_map<std::string, Place> places;
  for (const auto& var : entry->value.entries) {
    if (!is_axis_name(var.key))
      return fail_at(file, var.place,
                     fmt::format("var name '{}' must be lower-case letters, digits and '_', and none of {}",
                                 printable(var.key), fmt::join(reserved_names(), ", ")));
    if (const auto* axis = matrix ? matrix->value.find(var.key) : nullptr)
      return fail_at(
          file, var.place,
          fmt::format("'{}' is a var and, in {}, an axis; rename one of them", var.key, elsewhere(axis->place)));
    auto text = require_text(var.value, file, "vars." + var.key);
    if (!text) return std::unexpected(text.error());
    if (text->find_first_of("\r\n") != std::string::npos)
      return fail_at(file, var.value.place, fmt::format("vars.{}: '{}' holds a line break", var.key, printable(*text)));
    names.push_back(var.key);
    places.emplace(var.key, var.value.place);
    values.emplace_back(var.key, std::move(*text));
  }
  for (const auto& [name, value] : values) {
    for (const auto& inner : placeholders(value))
      if (places.contains(inner))
        return fail_at(
            file, places.at(name),
            fmt::format("vars.{} holds {{{}}}, but vars are not filled into each other; write it out", name, inner));
    if (!layers.mentioned.contains(name))
      return fail_at(
          file, places.at(name),
          fmt::format("var '{0}' is used nowhere; write \"{{{0}}}\" where it belongs, or take it out", name));
  }
  remove(root, "vars");
  VarFiller filler(values, places, file);
  for (auto& section : root.entries)
    if (section.key != "profiles")
      if (auto filled = filler.fill(section.value); !filled) return std::unexpected(filled.error());
  return root;
}

}  // namespace hotlap::harness
