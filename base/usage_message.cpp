#include "base/usage_message.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

#include "base/did_you_mean.h"
#include "base/units.h"

namespace hotlap {
namespace {

constexpr std::size_t kMostNamed = 16;  // of names that could be meant; more are no help

// "; did you mean 'run'?", or where the names are to be found.
std::string hint(std::string_view given, const std::vector<std::string>& known, const std::string& command) {
  auto text = did_you_mean(given, known);
  const bool is_close = text.starts_with("; did you mean");
  return is_close || known.size() <= kMostNamed ? text : fmt::format("; '{} --help' lists them", command);
}

std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* option : command.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    for (const auto& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

std::vector<std::string> commands_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* one : command.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(one->get_name());
  return names;
}

std::string about_unknown(const CLI::App& command, const std::string& word, const std::string& name) {
  if (word.starts_with('-') && word.size() > 1) {
    const auto option = word.substr(0, word.find('='));
    return fmt::format("option '{}' is unknown in {}{}", printable(option), name,
                       hint(option, options_of(command), name));
  }
  if (const auto commands = commands_of(command); !commands.empty())
    return fmt::format("command '{}' is unknown{}", printable(word), hint(word, commands, name));
  return fmt::format("argument '{}' is one too many; '{} --help' says what it takes", printable(word), name);
}

std::string about_missing(const CLI::App& command, const std::string& name) {
  if (command.get_require_subcommand_min() > 0 && command.get_subcommands().empty()) {
    std::string all;
    for (const auto& one : commands_of(command)) all += (all.empty() ? "" : ", ") + one;
    return fmt::format("a command is missing, one of {}; '{} --help' says what they do", all, name);
  }
  for (const auto* option : command.get_options()) {
    if (!option->get_required() || option->count() > 0) continue;
    const auto& type = option->get_type_name();
    const auto what = option->get_positional() ? (type.empty() ? option->get_name(true) : type)
                                               : fmt::format("{} {}", option->get_name(), type);
    return fmt::format("{} is missing ({}); '{} --help' says how it is used", what, option->get_description(), name);
  }
  return {};
}

}  // namespace

std::string usage_message(const CLI::App& app, const CLI::Error& error) {
  const auto* command = &app;
  auto name = app.get_name();
  auto unknown = app.remaining();
  while (unknown.empty() && !command->get_subcommands().empty()) {
    command = command->get_subcommands().front();
    name += " " + command->get_name();
    unknown = command->remaining();
  }
  std::string sentence;
  if (!unknown.empty()) sentence = about_unknown(*command, unknown.front(), name);
  if (sentence.empty() && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr)
    sentence = about_missing(*command, name);
  if (sentence.empty()) sentence = fmt::format("{}; '{} --help' has the options", error.what(), name);
  return fmt::format("{}: {}\n", app.get_name(), sentence);
}

}  // namespace hotlap
