// The command lines of wrk 4.x and wrk2, read as they read them: same options, same abbreviations, same error lines on
// standard error, same usage on standard output, same exit code 1. Accepted besides: --compat-bugs, --audit, --json
// FILE. Reading uses getopt_long, which keeps its place in globals: main thread only.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/socket.h"
#include "loadgen/contract/load_spec.h"

namespace hotlap::loadgen::wrk {

enum class Dialect : std::uint8_t { wrk, wrk2 };

// The URL in the parts that wrk and its scripts speak of.
struct Target {
  std::string url;  // as given
  std::string scheme;
  std::string host;        // without brackets
  std::string port;        // as given; empty: none was
  std::string path = "/";  // with query and fragment: wrk sends both
  [[nodiscard]] const std::string& service() const noexcept { return port.empty() ? scheme : port; }
  [[nodiscard]] std::string host_field() const;  // with the port whenever one was given, also 80
  // None where wrk says "invalid URL".
  [[nodiscard]] static std::optional<Target> parse(std::string_view url);
};

struct Command {
  Dialect dialect = Dialect::wrk;
  load::LoadSpec spec;  // its headers hold Host
  Target target;
  std::vector<std::pair<std::string, std::string>> headers;  // as given with -H, those that wrk takes
  std::string script_path;                                   // empty: none
  std::vector<std::string> arguments;                        // for the script: the URL, then what follows it
  bool latency = false;                                      // -L
  bool uncorrected_latency = false;                          // wrk2's -U
  bool batch_latency = false;                                // wrk2's -B
  bool compat_bugs = false;
  bool audit = false;
  std::string json_path;
};

// Which face does this command line ask for: by the name that the program was started under, or by --compat wrk|wrk2 as
// its first argument? `first` is where wrk's own arguments start. None: neither. Error: --compat with another name.
struct Choice {
  Dialect dialect;
  int first;
};
[[nodiscard]] Result<std::optional<Choice>> choose(int argc, char** argv);

// Either a command to run, or the exit code (the text has been printed then).
[[nodiscard]] std::expected<Command, int> parse(const Choice& choice, int argc, char** argv);

// The first address of the target that accepts a connection, as wrk tests it before it starts. Errors are wrk's lines:
// "unable to resolve HOST:SERVICE REASON", "unable to connect to HOST:SERVICE REASON".
[[nodiscard]] Result<Address> reach(const Target& target);
// All addresses of a host and service; `reach` and the scripts' wrk.lookup use it.
[[nodiscard]] Result<std::vector<Address>> look_up(const std::string& host, const std::string& service);
// 0, or why it does not accept, as errno value. Blocks like connect(2).
[[nodiscard]] int try_connect(const Address& address) noexcept;

}  // namespace hotlap::loadgen::wrk
