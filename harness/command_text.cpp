#include "harness/command_text.h"

#include <fmt/core.h>

#include "base/units.h"

namespace hotlap::harness {

Result<std::vector<std::string>> split_command(std::string_view text) {
  std::vector<std::string> arguments;
  std::string current;
  bool in_argument = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0 && c == quote) {
      quote = 0;
    } else if (quote != '\'' && c == '\\' && i + 1 < text.size()) {
      current += text[++i];
      in_argument = true;
    } else if (quote != 0) {
      current += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_argument = true;
    } else if (c == ' ' || c == '\t' || c == '\n') {
      if (in_argument) arguments.push_back(std::move(current));
      current.clear();
      in_argument = false;
    } else {
      current += c;
      in_argument = true;
    }
  }
  if (quote != 0)
    return fail(fmt::format("command '{}' has an opening {} without its end", printable(text), quote), ExitCode::usage);
  if (in_argument) arguments.push_back(std::move(current));
  if (arguments.empty()) return fail("a command line is empty; it begins with a program", ExitCode::usage);
  return arguments;
}

std::string command_text(const std::vector<std::string>& arguments) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+:,./@%{}";
  std::string text;
  for (const auto& argument : arguments) {
    if (!text.empty()) text += ' ';
    if (!argument.empty() && argument.find_first_not_of(kPlain) == std::string::npos) {
      text += argument;
      continue;
    }
    text += '\'';
    for (const char c : argument) {
      if (c == '\'')
        text += "'\\''";
      else
        text += c;
    }
    text += '\'';
  }
  return text;
}

}  // namespace hotlap::harness
