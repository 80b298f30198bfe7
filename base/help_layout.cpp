#include "base/help_layout.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/usage_message.h"

namespace hotlap {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kWordsColumn = 27;
constexpr std::size_t kSubcommandColumn = 11;

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// "  --flag VALUE       what it is for", or on two lines when the left part is long.
std::string row(const std::string& left, const std::string& words, std::size_t column) {
  std::string text = "  " + left;
  const auto used = characters(text);
  if (words.empty()) return text + "\n";
  if (used + 2 > column)
    text += "\n" + std::string(column, ' ');
  else
    text.append(column - used, ' ');
  return text + wrap(std::string(column, ' ') + words, kWidth, column).substr(column) + "\n";
}

// Without what validators add: their bounds are in the words, or in the complaint.
std::string value_name(const CLI::Option& option) {
  auto name = option.get_type_name();
  for (const char* added : {":{", ":INT in [", ":UINT in [", ":value in {"})
    if (const auto at = name.find(added); at != std::string::npos) name.erase(at);
  return name;
}

class Layout : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    const auto footer = make_footer(app);
    return wrap(app->get_description(), kWidth, 0) + "\n\n" + make_usage(app, std::move(name)) + make_positionals(app) +
           groups_of(app) + make_subcommands(app, mode) + (footer.empty() ? "" : "\n" + footer);
  }

  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    std::string left = is_positional ? option->get_name(true, false) : names(*option);
    const bool takes_value = option->get_type_size() != 0;
    if (const auto value = value_name(*option); !is_positional && takes_value && !value.empty()) left += " " + value;
    std::string words = option->get_description();
    if (const auto shown = option->get_default_str(); takes_value && !shown.empty() && shown != "\"\"")
      words += " (default " + shown + ")";
    if (!is_positional && option->get_required()) words += " (required)";
    return row(left, words, kWordsColumn);
  }

  std::string make_subcommand(const CLI::App* command) const override {
    return row(command->get_name(), command->get_description(), kSubcommandColumn);
  }

 private:
  [[nodiscard]] std::string groups_of(const CLI::App* app) const {
    auto groups = app->get_groups();
    if (const auto* help = app->get_help_ptr(); help != nullptr && std::erase(groups, help->get_group()) > 0)
      groups.push_back(help->get_group());
    std::string text;
    for (const auto& group : groups) {
      const auto options = app->get_options(
          [&](const CLI::Option* option) { return option->get_group() == group && option->nonpositional(); });
      if (!group.empty() && !options.empty()) text += make_group(group, false, options);
    }
    return text;
  }

  // Long names stand below each other, whether there is a short one or not.
  static std::string names(const CLI::Option& option) {
    std::string text = option.get_snames().empty() ? "    " : "-" + option.get_snames().front() + ", ";
    for (const auto& name : option.get_lnames()) text += (&name == &option.get_lnames().front() ? "--" : ", --") + name;
    return text;
  }
};

}  // namespace

void lay_out_help(CLI::App& command) {
  command.formatter(std::make_shared<Layout>());
  command.get_formatter()->label("Positionals", "Arguments");
  command.get_formatter()->label("OPTIONS", "OPTION…");
  command.get_formatter()->label("SUBCOMMAND", "COMMAND");
  command.failure_message([](const CLI::App* app, const CLI::Error& error) { return usage_message(*app, error); });
}

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
  std::string wrapped;
  std::size_t column = 0;
  bool first_word = true;
  const auto leading = std::min(text.find_first_not_of(' '), text.size());
  wrapped.append(leading, ' ');
  column = leading;
  for (std::size_t at = leading; at < text.size();) {
    const auto end = std::min(text.find(' ', at), text.size());
    const auto word = text.substr(at, end - at);
    at = std::min(text.find_first_not_of(' ', end), text.size());
    const auto length = characters(word);
    if (!first_word && column + 1 + length > width) {
      wrapped += "\n" + std::string(indent, ' ');
      column = indent;
      first_word = true;
    }
    if (!first_word) {
      wrapped += ' ';
      ++column;
    }
    wrapped += word;
    column += length;
    first_word = false;
  }
  return wrapped;
}

}  // namespace hotlap
