#include "loadgen/faces/wrk_command.h"

#include <fmt/core.h>
#include <getopt.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <span>

#include "loadgen/faces/wrk_units.h"

namespace hotlap::loadgen::wrk {
namespace {

constexpr const char* kWrkUsage =
    "Usage: wrk <options> <url>                            \n"
    "  Options:                                            \n"
    "    -c, --connections <N>  Connections to keep open   \n"
    "    -d, --duration    <T>  Duration of test           \n"
    "    -t, --threads     <N>  Number of threads to use   \n"
    "                                                      \n"
    "    -s, --script      <S>  Load Lua script file       \n"
    "    -H, --header      <H>  Add header to request      \n"
    "        --latency          Print latency statistics   \n"
    "        --timeout     <T>  Socket/request timeout     \n"
    "    -v, --version          Print version details      \n"
    "                                                      \n"
    "  Numeric arguments may include a SI unit (1k, 1M, 1G)\n"
    "  Time arguments may include a time unit (2s, 2m, 2h)\n";

constexpr const char* kWrk2Usage =
    "Usage: wrk <options> <url>                            \n"
    "  Options:                                            \n"
    "    -c, --connections <N>  Connections to keep open   \n"
    "    -d, --duration    <T>  Duration of test           \n"
    "    -t, --threads     <N>  Number of threads to use   \n"
    "                                                      \n"
    "    -s, --script      <S>  Load Lua script file       \n"
    "    -H, --header      <H>  Add header to request      \n"
    "    -L  --latency          Print latency statistics   \n"
    "    -U  --u_latency        Print uncorrected latency statistics\n"
    "        --timeout     <T>  Socket/request timeout     \n"
    "    -B, --batch_latency    Measure latency of whole   \n"
    "                           batches of pipelined ops   \n"
    "                           (as opposed to each op)    \n"
    "    -v, --version          Print version details      \n"
    "    -R, --rate        <T>  work rate (throughput)     \n"
    "                           in requests/sec (total)    \n"
    "                           [Required Parameter]       \n"
    "                                                      \n"
    "                                                      \n"
    "  Numeric arguments may include a SI unit (1k, 1M, 1G)\n"
    "  Time arguments may include a time unit (2s, 2m, 2h)\n";

constexpr option kLastOption{nullptr, 0, nullptr, 0};
constexpr std::array kWrkOptions{
    option{"connections", required_argument, nullptr, 'c'}, option{"duration", required_argument, nullptr, 'd'},
    option{"threads", required_argument, nullptr, 't'},     option{"script", required_argument, nullptr, 's'},
    option{"header", required_argument, nullptr, 'H'},      option{"latency", no_argument, nullptr, 'L'},
    option{"timeout", required_argument, nullptr, 'T'},     option{"help", no_argument, nullptr, 'h'},
    option{"version", no_argument, nullptr, 'v'},           kLastOption};
constexpr std::array kWrk2Options{option{"connections", required_argument, nullptr, 'c'},
                                  option{"duration", required_argument, nullptr, 'd'},
                                  option{"threads", required_argument, nullptr, 't'},
                                  option{"script", required_argument, nullptr, 's'},
                                  option{"header", required_argument, nullptr, 'H'},
                                  option{"latency", no_argument, nullptr, 'L'},
                                  option{"u_latency", no_argument, nullptr, 'U'},
                                  option{"batch_latency", no_argument, nullptr, 'B'},
                                  option{"timeout", required_argument, nullptr, 'T'},
                                  option{"help", no_argument, nullptr, 'h'},
                                  option{"version", no_argument, nullptr, 'v'},
                                  option{"rate", required_argument, nullptr, 'R'},
                                  kLastOption};

// What wrk keeps in 64 bits, held to what can be run at all; validate() names what is still too much.
int held_to_int(std::uint64_t value) {
  return static_cast<int>(std::min<std::uint64_t>(value, std::numeric_limits<int>::max()));
}

Nanos held_to_nanos(std::uint64_t seconds) {
  constexpr std::uint64_t kLongest = 1'000'000'000;  // 31 years
  return std::chrono::seconds(static_cast<std::int64_t>(std::min(seconds, kLongest)));
}

// "Name: value" with exactly one blank left out; wrk silently drops anything else. A later one of the same name counts.
void take_header(std::vector<std::pair<std::string, std::string>>& headers, std::string_view given) {
  const auto colon = given.find(": ");
  if (colon == std::string_view::npos || given.find(':') != colon) return;
  const auto name = given.substr(0, colon);
  const auto value = given.substr(colon + 2);
  const auto same = std::ranges::find(headers, name, &std::pair<std::string, std::string>::first);
  if (same != headers.end())
    same->second = value;
  else
    headers.emplace_back(name, value);
}

// Takes our own options out, so that wrk's may be abbreviated as ever. Those after "--" belong to the script.
std::vector<std::string> without_own_options(std::span<char* const> given, Command& command) {
  std::vector<std::string> kept;
  bool reading = true;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const std::string_view argument = given[i];
    if (argument == "--") reading = false;
    if (reading && argument == "--compat-bugs")
      command.compat_bugs = true;
    else if (reading && argument == "--audit")
      command.audit = true;
    else if (reading && argument == "--json" && i + 1 < given.size())
      command.json_path = given[++i];
    else if (reading && argument.starts_with("--json="))
      command.json_path = argument.substr(7);
    else
      kept.emplace_back(argument);
  }
  return kept;
}

// Everything that the options say. False: the usage is due.
bool read_options(int argc, char** argv, Command& command, std::uint64_t& rate) {
  const bool is_wrk2 = command.dialect == Dialect::wrk2;
  const char* const letters = is_wrk2 ? "t:c:d:s:H:T:R:LUBrv?" : "t:c:d:s:H:T:Lrv?";
  const option* const words = is_wrk2 ? kWrk2Options.data() : kWrkOptions.data();
  std::optional<std::uint64_t> threads = 2, connections = 10, duration = 10, timeout = 2, given_rate = 0;
  ::optind = 0;  // glibc: start anew
  for (int letter = 0; (letter = ::getopt_long(argc, argv, letters, words, nullptr)) != -1;) {
    bool understood = true;
    const auto number = [&](std::optional<std::uint64_t>& into, auto read) {
      understood = (into = read(::optarg)).has_value();
    };
    switch (letter) {
      case 't':
        number(threads, read_count);
        break;
      case 'c':
        number(connections, read_count);
        break;
      case 'd':
        number(duration, read_seconds);
        break;
      case 'T':
        number(timeout, read_seconds);
        break;
      case 'R':
        number(given_rate, read_count);
        break;
      case 's':
        command.script_path = ::optarg;
        break;
      case 'H':
        take_header(command.headers, ::optarg);
        break;
      case 'L':
        command.latency = true;
        break;
      case 'U':
        command.latency = command.uncorrected_latency = true;
        break;
      case 'B':
        command.batch_latency = true;
        break;
      case 'v':
        fmt::print("wrk {} [epoll] hotlap-load {}\n", is_wrk2 ? "4.0.0" : "4.1.0", HOTLAP_VERSION);
        break;
      default:
        understood = false;
    }
    if (!understood) return false;
  }
  if (::optind == argc || *threads == 0 || *duration == 0) return false;
  command.arguments.assign(argv + ::optind, argv + argc);
  const auto target = Target::parse(command.arguments.front());
  if (!target) {
    fmt::print(stderr, "invalid URL: {}\n", command.arguments.front());
    return false;
  }
  command.target = *target;
  if (*connections == 0 || *connections < *threads) {
    fmt::print(stderr, "number of connections must be >= threads\n");
    return false;
  }
  if (is_wrk2 && *given_rate == 0) {
    fmt::print(stderr, "Throughput MUST be specified with the --rate or -R option\n");
    return false;
  }
  auto& spec = command.spec;
  spec.threads = held_to_int(*threads);
  spec.connections = held_to_int(*connections);
  spec.duration = held_to_nanos(*duration);
  spec.timeout = held_to_nanos(*timeout);
  rate = *given_rate;
  return true;
}

bool is_url_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte != 0x7f;
}

}  // namespace

std::string Target::host_field() const {
  const auto name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port.empty() ? name : name + ":" + port;
}

std::optional<Target> Target::parse(std::string_view url) {
  Target target{.url = std::string(url)};
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos || scheme_end == 0 || !std::ranges::all_of(url, is_url_byte))
    return std::nullopt;
  target.scheme = url.substr(0, scheme_end);
  if (!std::ranges::all_of(target.scheme, [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }))
    return std::nullopt;
  const auto rest = url.substr(scheme_end + 3);
  const auto path_start = std::min(rest.find_first_of("/?#"), rest.size());
  // A query without a path before it is left out.
  if (path_start < rest.size() && rest[path_start] == '/') target.path = rest.substr(path_start);
  auto authority = rest.substr(0, path_start);
  if (const auto at = authority.find('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);

  const auto bracket = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
  if (authority.starts_with('[') && bracket == std::string_view::npos) return std::nullopt;
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    target.port = authority.substr(colon + 1);
    std::uint16_t number = 0;
    const auto* const end = target.port.data() + target.port.size();
    const auto [stopped, error] = std::from_chars(target.port.data(), end, number);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    authority = authority.substr(0, colon);
  }
  if (bracket != std::string_view::npos) {
    if (bracket + 1 != authority.size()) return std::nullopt;
    authority = authority.substr(1, bracket - 1);
  } else if (!std::ranges::all_of(authority, [](char c) {
               return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_';
             })) {
    return std::nullopt;
  }
  if (authority.empty()) return std::nullopt;
  target.host = authority;
  return target;
}

Result<std::optional<Choice>> choose(int argc, char** argv) {
  const auto named = [](std::string_view name) -> std::optional<Dialect> {
    if (name == "wrk") return Dialect::wrk;
    if (name == "wrk2") return Dialect::wrk2;
    return std::nullopt;
  };
  if (argc < 1) return std::nullopt;
  const std::string_view program = argv[0];
  if (const auto dialect = named(program.substr(program.rfind('/') + 1))) return Choice{*dialect, 1};
  if (argc < 2) return std::nullopt;
  constexpr std::string_view kFlag = "--compat";
  const std::string_view flag = argv[1];
  const bool joined = flag.starts_with("--compat=");
  if (flag != kFlag && !joined) return std::nullopt;
  const std::string_view name = joined ? flag.substr(kFlag.size() + 1) : argc > 2 ? argv[2] : "";
  const auto dialect = named(name);
  if (!dialect) return fail(fmt::format("--compat '{}' is not wrk or wrk2", printable(name)), ExitCode::usage);
  return Choice{*dialect, joined ? 2 : 3};
}

std::expected<Command, int> parse(const Choice& choice, int argc, char** argv) {
  Command command;
  command.dialect = choice.dialect;
  auto words = without_own_options(
      std::span(argv, static_cast<std::size_t>(argc)).subspan(static_cast<std::size_t>(choice.first)), command);
  words.insert(words.begin(), "wrk");  // what getopt's messages begin with
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  std::uint64_t rate = 0;
  if (!read_options(static_cast<int>(words.size()), pointers.data(), command, rate)) {
    fmt::print("{}", choice.dialect == Dialect::wrk2 ? kWrk2Usage : kWrkUsage);
    return std::unexpected(1);
  }

  auto& spec = command.spec;
  // As wrk does, which looks at no certificate and resumes sessions.
  const bool tls = command.target.scheme.starts_with("https");
  spec.url = {.host = command.target.host,
              .tls = tls,
              .port = tls ? load::Url::kHttpsPort : load::Url::kHttpPort,
              .target = command.target.path};
  spec.trust.anybody = tls;
  spec.resume_tls = tls;
  if (!command.target.port.empty()) spec.url.port = static_cast<std::uint16_t>(std::stoi(command.target.port));
  if (rate > 0) spec.rate = load::RateProfile{.points = {{.per_second = static_cast<double>(rate)}}};
  spec.expect.status_low = 100;  // wrk holds only 400 and above against the target
  spec.expect.status_high = 399;
  spec.headers = command.headers;
  std::erase_if(spec.headers, [](const auto& header) { return header.first == "Content-Length"; });
  if (std::ranges::find(spec.headers, "Host", &std::pair<std::string, std::string>::first) == spec.headers.end())
    spec.headers.emplace(spec.headers.begin(), "Host", command.target.host_field());

  if (const auto runnable = load::validate(spec); !runnable) {
    fmt::print(stderr, "{}\n", runnable.error().message);
    return std::unexpected(1);
  }
  return command;
}

Result<std::vector<Address>> look_up(const std::string& host, const std::string& service) {
  const addrinfo wanted{.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  addrinfo* list = nullptr;
  if (const int refused = ::getaddrinfo(host.c_str(), service.c_str(), &wanted, &list); refused != 0)
    return fail(fmt::format("unable to resolve {}:{} {}", host, service, ::gai_strerror(refused)));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(list, ::freeaddrinfo);
  std::vector<Address> addresses;
  for (const auto* each = list; each != nullptr; each = each->ai_next) {
    sockaddr_storage storage{};
    std::memcpy(&storage, each->ai_addr, each->ai_addrlen);
    addresses.push_back(Address::from(storage, each->ai_addrlen));
  }
  return addresses;
}

int try_connect(const Address& address) noexcept {
  const Fd probe(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!probe) return errno;
  return ::connect(probe.get(), address.get(), address.size()) == 0 ? 0 : errno;
}

Result<Address> reach(const Target& target) {
  const auto addresses = look_up(target.host, target.service());
  if (!addresses) return std::unexpected(addresses.error());
  int refused = 0;
  for (const auto& address : *addresses) {
    refused = try_connect(address);
    if (refused == 0) return address;
  }
  return fail(fmt::format("unable to connect to {}:{} {}", target.host, target.service(), std::strerror(refused)));
}

}  // namespace hotlap::loadgen::wrk
