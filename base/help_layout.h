// How --help looks: a column of flags, a column of words wrapped to 80 characters, and defaults as words. Flags stand
// in the groups that they were given; the group of --help itself comes last.
#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace hotlap {

// Of this command, and of the subcommands that are added to it later; and what it says to a command line that it does
// not understand (usage_message.h).
void lay_out_help(CLI::App& command);

// Breaks at spaces so that no line is longer than `width` characters (code points, not bytes); lines after the first
// begin with `indent` spaces, which count. A word longer than a line keeps its line to itself.
[[nodiscard]] std::string wrap(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace hotlap
