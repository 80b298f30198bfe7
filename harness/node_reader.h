// Reads values out of a YAML tree. After a complaint everything is a no-op, so that what reads a section is the list of
// keys that it has; until go_on() says that what follows does not depend on it. All complaints are kept. Not
// thread-bound; lives as long as the tree that it is used on.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/complaints.h"
#include "harness/scenario.h"
#include "harness/yaml_reader.h"

namespace hotlap::harness {

class NodeReader {
 public:
  explicit NodeReader(std::string file) : file_(std::move(file)) {}

  [[nodiscard]] const std::string& file() const noexcept { return file_; }
  [[nodiscard]] const Complaints& complaints() const noexcept { return complaints_; }
  // Since the last go_on().
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  void go_on() noexcept { failed_ = false; }
  // What follows does depend on it.
  void stop() noexcept { failed_ = true; }

  // Whether all is well so far.
  bool keep(const Result<void>& result);
  void refuse(const Place& place, const std::string& sentence) { keep(fail_at(file_, place, sentence)); }
  template <class T>
  void take(const YamlNode& node, const Result<T>& parsed, T& into, std::string_view what) {
    if (parsed)
      into = *parsed;
    else
      refuse(node.place, fmt::format("{}: {}", what, parsed.error().message));
  }

  // The value of a key; null when it is not there, or after a complaint.
  [[nodiscard]] const YamlNode* find(const YamlNode& node, std::string_view key) const;
  bool is(const YamlNode& node, YamlNode::Kind kind, std::string_view what);
  bool has_only(const YamlNode& node, std::string_view what, const std::vector<std::string>& keys);
  std::string text(const YamlNode& node, std::string_view what);
  // Text that is shown in a line: a label, a name.
  std::string line(const YamlNode& node, std::string_view what);
  // A list of lines, or one alone.
  std::vector<AxisValue> lines(const YamlNode& node, std::string_view what);
  double positive_number(const YamlNode& node, std::string_view what);

  void optional_text(const YamlNode& node, std::string_view key, std::string& into);
  void optional_line(const YamlNode& node, std::string_view key, std::string& into);

 private:
  std::string file_;
  Complaints complaints_;
  bool failed_ = false;
};

}  // namespace hotlap::harness
