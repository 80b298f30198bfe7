// The fields of a response's head that has been parsed and found good: calls `visit(name, value)` for each, the value
// without surrounding blanks; nothing is copied.
#pragma once

#include <string_view>

namespace hotlap::loadgen {

template <class Visit>
void for_each_field(std::string_view head, Visit visit) {
  auto lines = head.substr(head.find('\n') + 1);  // behind the status line
  while (!lines.empty() && lines.front() != '\r') {
    const auto end = lines.find("\r\n");
    const auto line = lines.substr(0, end);
    const auto colon = line.find(':');
    if (end == std::string_view::npos || colon == std::string_view::npos) return;
    auto value = line.substr(colon + 1);
    while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
    while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
    visit(line.substr(0, colon), value);
    lines.remove_prefix(end + 2);
  }
}

}  // namespace hotlap::loadgen
