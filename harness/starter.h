// The scenario that `hotlap init` writes for somebody's own server: short, commented, and good to run as it stands.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace hotlap::harness {

struct Starter {
  std::string file = "hotlap.yaml";  // as the comments call it
  std::string name = "my_server";
  std::vector<std::string> command;  // of the server, with {port} in it; neither this nor a URL: Python's http.server
  std::string url;                   // of one that runs already, with the page to ask for
};

// Error: the URL is none.
[[nodiscard]] Result<std::string> starter_scenario(const Starter& starter);

}  // namespace hotlap::harness
