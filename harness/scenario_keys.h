// Every key that a scenario may have: what its value looks like and what it means. One table for the reader, for its
// messages, and for the JSON Schema that `hotlap schema` prints. A new key is a row in the .cpp; one of target or load
// also needs its setter in target_settings.cpp or load_settings.cpp. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hotlap::harness {

struct Key {
  enum class Kind : std::uint8_t {
    text,         // any single value
    line,         // without line breaks
    path,         // of a URL
    count,        // whole, from `low` to `high`
    number,       // above 0
    duration,     // 1.5s
    bytes,        // 4KiB
    cpus,         // 0,2-3
    choice,       // one of `choices`
    pattern,      // as `pattern` says; its setter parses it
    list,         // of what `item` says
    one_or_more,  // of what `item` says: one, or a list
    mapping,      // `keys`, and others as `item` says, where it is given
  };
  std::string name;
  Kind kind = Kind::text;
  std::string about;  // for editors: one line
  std::vector<std::string> choices;
  std::uint64_t low = 0;  // of a count, or of a pattern that may be a whole number too
  std::uint64_t high = UINT64_MAX;
  std::string pattern;    // ECMAScript
  std::vector<Key> keys;  // of a mapping
  std::vector<Key> item;  // none or one
  bool required = false;
  bool in_profile = false;  // of the top level: profiles may change it
};

[[nodiscard]] const std::vector<Key>& scenario_keys();  // at the top
[[nodiscard]] const std::vector<Key>& profile_keys();   // of one profile
[[nodiscard]] const std::vector<Key>& target_keys();
[[nodiscard]] const std::vector<Key>& load_keys();
[[nodiscard]] const std::vector<std::string>& service_names();

[[nodiscard]] std::vector<std::string> names_of(const std::vector<Key>& keys);
[[nodiscard]] bool contains(const std::vector<std::string>& names, std::string_view name);
// How a setting is called that stands inside of a mapping: "expect.status", "header X-A" (any name).
[[nodiscard]] std::string setting_key(const Key& mapping, std::string_view name);
// "trials", "published.ratios", "expect.status", "header X-A": null when there is none.
[[nodiscard]] const Key* find_key(const std::vector<Key>& keys, std::string_view path);
// The keys of a mapping, or of the mappings in a list: keys_in("published.ratios").
[[nodiscard]] const std::vector<Key>& keys_in(std::string_view path);

// What the row alone can say of a text: its choices, its bounds, no line break. Units are the setters' business.
[[nodiscard]] Result<void> check_value(const Key& key, const std::string& text);

}  // namespace hotlap::harness
