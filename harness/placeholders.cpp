#include "harness/placeholders.h"

#include <algorithm>

#include "harness/scenario_keys.h"

namespace hotlap::harness {

const std::vector<std::string>& place_names() {
  static const std::vector<std::string> names = {"port", "socket", "ready_fd", "source", "work_dir", "here"};
  return names;
}

const std::vector<std::string>& reserved_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all = place_names();
    all.insert(all.end(), service_names().begin(), service_names().end());
    all.insert(all.end(), {"include", "exclude", "overrides"});
    return all;
  }();
  return names;
}

bool is_axis_name(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name[0] >= 'a' && name[0] <= 'z' && std::ranges::all_of(name, allowed) &&
         !contains(reserved_names(), name);
}

std::vector<std::string> placeholders(std::string_view text) {
  std::vector<std::string> names;
  for (auto open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
    const auto end = text.find('}', open);
    if (end == std::string_view::npos) break;
    const auto name = text.substr(open + 1, end - open - 1);
    if (is_axis_name(name) || contains(place_names(), name) || contains(service_names(), name))
      names.emplace_back(name);
  }
  return names;
}

std::string fill_in(std::string_view text, const results::Parameters& values) {
  std::string filled;
  while (!text.empty()) {
    const auto open = text.find('{');
    const auto end = open == std::string_view::npos ? open : text.find('}', open);
    if (end == std::string_view::npos) break;
    const auto name = text.substr(open + 1, end - open - 1);
    const auto value = std::ranges::find_if(values, [&](const auto& pair) { return pair.first == name; });
    filled += text.substr(0, open);
    if (value != values.end()) {
      filled += value->second;
      text.remove_prefix(end + 1);
    } else {
      filled += '{';
      text.remove_prefix(open + 1);
    }
  }
  return filled.append(text);
}

bool stays_within(std::size_t most, std::string_view text, const results::Parameters& values) {
  const auto braces = static_cast<std::size_t>(std::ranges::count(text, '{'));
  std::size_t longest = 0;
  for (const auto& [name, value] : values) longest = std::max(longest, value.size());
  return text.size() + braces * longest <= most;
}

}  // namespace hotlap::harness
