// Text with placeholders, "/users/{{id}}": cut into literal pieces and names. "{{{{" stands for two braces that are
// meant; blanks within the braces do not count. Pure; errors name the place and the remedy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hotlap::load {

struct TemplatePiece {
  bool placeholder = false;
  std::string_view text;  // the name of a placeholder, or what stands there; points into the text that was cut
};
[[nodiscard]] Result<std::vector<TemplatePiece>> cut_template(std::string_view text);

// Letters, digits, '_' and '-', at least one.
[[nodiscard]] bool is_placeholder_name(std::string_view name) noexcept;
// A text whose template is `text` itself, whatever braces it holds.
[[nodiscard]] std::string literal_template(std::string_view text);

}  // namespace hotlap::load
