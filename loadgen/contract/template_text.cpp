#include "loadgen/contract/template_text.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/units.h"

namespace hotlap::load {
namespace {

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";
constexpr std::string_view kMeant = "{{{{";

std::string_view without_blanks(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

bool is_placeholder_name(std::string_view name) noexcept {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

Result<std::vector<TemplatePiece>> cut_template(std::string_view text) {
  std::vector<TemplatePiece> pieces;
  const auto literal = [&](std::string_view bytes) {
    if (!bytes.empty()) pieces.push_back({.placeholder = false, .text = bytes});
  };
  while (true) {
    auto open = text.find(kOpen);
    if (open == std::string_view::npos) break;
    if (text.substr(open).starts_with(kMeant)) {
      literal(text.substr(0, open + kOpen.size()));
      text.remove_prefix(open + kMeant.size());
      continue;
    }
    if (text.substr(open + kOpen.size()).starts_with('{')) ++open;  // "{{{id}}}" is "{", {{id}}, "}"
    literal(text.substr(0, open));
    const auto close = text.find(kClose, open);
    const auto name = without_blanks(text.substr(open + kOpen.size(), close - open - kOpen.size()));
    if (close == std::string_view::npos || !is_placeholder_name(name))
      return fail(fmt::format("'{}' is not a placeholder like {{{{id}}}}; write {{{{{{{{ for two braces that are meant",
                              printable(text.substr(open), 24)),
                  ExitCode::usage);
    pieces.push_back({.placeholder = true, .text = name});
    text.remove_prefix(close + kClose.size());
  }
  literal(text);
  return pieces;
}

std::string literal_template(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  while (!text.empty()) {
    const auto open = text.find(kOpen);
    escaped += text.substr(0, open);
    if (open == std::string_view::npos) break;
    escaped += kMeant;
    text.remove_prefix(open + kOpen.size());
  }
  return escaped;
}

}  // namespace hotlap::load
