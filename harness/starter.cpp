#include "harness/starter.h"

#include <fmt/core.h>

#include "harness/endpoint.h"
#include "loadgen/contract/load_spec.h"

namespace hotlap::harness {
namespace {

constexpr const char* kHead =
    "# How much does this server answer, and how long does an answer take? Written by 'hotlap init'; change what you "
    "like.\n"
    "#\n"
    "#   hotlap validate {file}              is everything right?\n"
    "#   hotlap plan {file}                  what would be run, for how long, and what could it show?\n"
    "#   hotlap run {file} --html page.html  measure, and write the report\n"
    "#\n"
    "# All keys stand in docs/scenarios.md. Editors complete and check them: 'hotlap schema > hotlap.schema.json', and "
    "as\n"
    "# the first line of this file\n"
    "#   # yaml-language-server: $schema=hotlap.schema.json\n"
    "\n"
    "name: {name}\n"
    "title: My server, with one connection and with many\n"
    "question: What does it answer in a second, and what do more connections bring?\n"
    "\n"
    "trials: 3                        # of every case; more of them see smaller differences\n"
    "\n";

constexpr const char* kCommand =
    "target:                          # started anew for every trial; an argument list, no shell\n"
    "  command: [{command}]\n"
    "  # {{port}} becomes a free port; the server is to listen there, on 127.0.0.1\n"
    "  ready: {path}                       # it is ready once this page answers\n";

constexpr const char* kUrl =
    "target:\n"
    "  url: {url}  # it runs already, and is neither started nor stopped\n";

constexpr const char* kHttps =
    "  # cacert: authority.pem        # who signed its certificate, where the system does not know\n"
    "  # insecure: true               # or trust any\n";

constexpr const char* kTail =
    "\n"
    "load:\n"
    "  path: {path}\n"
    "  connections: \"{{connections}}\"   # the value of the axis below\n"
    "  warm_up: 500ms                 # before the window, not in it\n"
    "  duration: 2s                   # of the window\n"
    "  # rate: 1k/s                   # open loop: requests by the clock, whatever the server does\n"
    "  # pipeline: 8                  # requests in flight on one connection, for servers that can do this\n"
    "  # headers: {{Accept: text/html}}\n"
    "  expect:                        # another response is an error and no throughput\n"
    "    status: 200\n"
    "    # body: Hello world!         # exactly\n"
    "\n"
    "matrix:                          # every combination of the axes' values is a case\n"
    "  connections: [1, 16]\n"
    "\n"
    "profiles:                        # variants: hotlap run {file} --profile smoke\n"
    "  smoke: {{trials: 1, duration: 300ms, warm_up: 50ms}}\n";

// Double-quoted, so that nothing in it can be YAML.
std::string in_quotes(const std::string& text) {
  std::string all = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') all += '\\';
    all += c;
  }
  return all + '"';
}

}  // namespace

Result<std::string> starter_scenario(const Starter& starter) {
  std::string path = "/";
  std::string target;
  if (!starter.url.empty()) {
    const auto url = load::Url::parse(starter.url);
    if (!url) return std::unexpected(url.error());
    path = url->target;
    target = fmt::format(
        kUrl, fmt::arg("url", in_quotes(Endpoint{.host = url->host, .port = url->port, .tls = url->tls}.text())));
    if (url->tls) target += kHttps;
  } else {
    auto command = starter.command;
    // Not --protocol HTTP/1.1: it writes head and body apart, and then every answer waits 40 ms for the client's
    // delayed acknowledgement. Twenty answers a second would be a poor welcome.
    if (command.empty()) command = {"python3", "-m", "http.server", "--bind", "127.0.0.1", "{port}"};
    std::string list;
    for (const auto& argument : command) list += (list.empty() ? "" : ", ") + in_quotes(argument);
    target = fmt::format(kCommand, fmt::arg("command", list), fmt::arg("path", path));
  }
  return fmt::format(kHead, fmt::arg("file", starter.file), fmt::arg("name", starter.name)) + target +
         fmt::format(kTail, fmt::arg("path", in_quotes(path)), fmt::arg("file", starter.file));
}

}  // namespace hotlap::harness
