#include "harness/node_reader.h"

#include <cmath>
#include <cstdlib>

#include "base/units.h"

namespace hotlap::harness {

bool NodeReader::keep(const Result<void>& result) {
  if (!failed_ && !result) {
    complaints_.add(result.error());
    failed_ = true;
  }
  return !failed_;
}

const YamlNode* NodeReader::find(const YamlNode& node, std::string_view key) const {
  const auto* entry = failed_ ? nullptr : node.find(key);
  return entry ? &entry->value : nullptr;
}

bool NodeReader::is(const YamlNode& node, YamlNode::Kind kind, std::string_view what) {
  return !failed_ && keep(require_kind(node, file_, what, kind));
}

bool NodeReader::has_only(const YamlNode& node, std::string_view what, const std::vector<std::string>& keys) {
  return !failed_ && keep(require_keys(node, file_, what, keys));
}

std::string NodeReader::text(const YamlNode& node, std::string_view what) {
  if (failed_) return {};
  auto value = require_text(node, file_, what);
  if (!value) keep(std::unexpected(value.error()));
  return value.value_or("");
}

std::string NodeReader::line(const YamlNode& node, std::string_view what) {
  auto value = text(node, what);
  if (value.find_first_of("\r\n") != std::string::npos)
    refuse(node.place, fmt::format("{}: '{}' holds a line break", what, printable(value)));
  return value;
}

std::vector<AxisValue> NodeReader::lines(const YamlNode& node, std::string_view what) {
  if (node.kind != YamlNode::Kind::sequence) return {{line(node, what), node.place}};
  std::vector<AxisValue> values;
  values.reserve(node.items.size());
  for (const auto& item : node.items) values.push_back({line(item, what), item.place});
  if (values.empty()) refuse(node.place, fmt::format("{} is an empty list; it needs at least one value", what));
  return values;
}

double NodeReader::positive_number(const YamlNode& node, std::string_view what) {
  const auto value = text(node, what);
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  if (value.empty() || *end != '\0' || !std::isfinite(number) || number <= 0)
    refuse(node.place, fmt::format("{} '{}' is not a number above 0", what, printable(value)));
  return number;
}

void NodeReader::optional_text(const YamlNode& node, std::string_view key, std::string& into) {
  if (const auto* value = find(node, key)) into = text(*value, key);
}

void NodeReader::optional_line(const YamlNode& node, std::string_view key, std::string& into) {
  if (const auto* value = find(node, key)) into = line(*value, key);
}

}  // namespace hotlap::harness
