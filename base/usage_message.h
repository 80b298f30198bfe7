// What a program says to a command line that it does not understand: what is wrong with it, and where to look.
#pragma once

#include <string>

namespace CLI {
class App;
class Error;
}  // namespace CLI

namespace hotlap {

// After `app` has failed to parse with `error`: one line, with the name of the program. What it does not know is told
// before what it misses, because the one is often the reason of the other.
[[nodiscard]] std::string usage_message(const CLI::App& app, const CLI::Error& error);

}  // namespace hotlap
