#include "loadgen/contract/load_spec.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "loadgen/contract/request_rules.h"

namespace hotlap::load {
namespace {

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";

bool has_control_byte(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::unexpected<Error> refuse(std::string message) {
  return fail(std::move(message), ExitCode::usage);
}

// What an open loop needs, and what only an open loop can do.
Result<void> validate_arrivals(const LoadSpec& spec) {
  if (spec.rate && !spec.replay.empty()) return refuse("rate: a replay has its own times; give one or the other");
  if (spec.rate) {
    const auto& points = spec.rate->points;
    if (points.empty() || points.size() > 10'000 || (spec.rate->linear && points.size() < 2))
      return refuse(fmt::format("rate: {} points are not 1 to 10,000, for a ramp at least 2", points.size()));
    for (const auto& point : points) {
      const bool possible = point.per_second >= 1e-6 && point.per_second <= 1e9;  // what is not a number is neither
      if (!possible) return refuse(fmt::format("rate: {}/s is not between 0.000001/s and 1000M/s", point.per_second));
    }
  }
  if (spec.gaps == Gaps::poisson && !spec.rate) return refuse("arrivals: poisson gaps need a rate");
  if (spec.catch_up != CatchUp{} && !spec.open_loop())
    return refuse("catch_up: a closed loop is never behind; give a rate, or leave it out");
  if (spec.catch_up.way == CatchUp::Way::cap && !(spec.catch_up.factor > 1))
    return refuse(fmt::format("catch_up: a cap of {} times the rate never catches up", spec.catch_up.factor));
  if (spec.until_steady && spec.open_loop() && (!spec.rate || !spec.rate->steady()))
    return refuse("warm_up: steady is for closed loops and steady rates; give a warm-up of a fixed length");
  if (spec.replay.empty()) return {};
  if (spec.replay.front() < Nanos::zero() || !std::ranges::is_sorted(spec.replay))
    return refuse("replay: the times begin before the window or fall");
  if (spec.replay.front() >= spec.duration)
    return refuse(fmt::format("replay: the first request is due after {}, the window ends after {}",
                              write_duration(spec.replay.front()), write_duration(spec.duration)));
  return {};
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  Url url;
  url.tls = text.starts_with(kHttps);
  if (!url.tls && !text.starts_with(kHttp))
    return refuse(fmt::format("URL '{}' does not begin with http:// or https://", printable(text)));
  url.port = url.tls ? kHttpsPort : kHttpPort;
  auto rest = text.substr((url.tls ? kHttps : kHttp).size());
  const auto path_start = rest.find_first_of("/?#");
  auto authority = rest.substr(0, path_start);
  if (path_start != std::string_view::npos) {
    url.target = std::string(rest.substr(path_start, rest.find('#') - path_start));
    if (!url.target.starts_with('/')) url.target.insert(0, "/");
  }
  if (std::ranges::any_of(url.target, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; }))
    return refuse(fmt::format("URL '{}' holds a blank or control character; write it as %20", printable(text)));
  const auto colon = authority.rfind(':');
  if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    const auto digits = authority.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (error != std::errc{} || end != digits.data() + digits.size() || url.port == 0)
      return refuse(fmt::format("URL '{}': port '{}' is not 1 to 65535", printable(text), printable(digits)));
    authority = authority.substr(0, colon);
  }
  if (authority.starts_with('[') && authority.ends_with(']')) authority = authority.substr(1, authority.size() - 2);
  if (authority.empty() || has_control_byte(authority) || authority.find_first_of(" @") != std::string_view::npos)
    return refuse(fmt::format("URL '{}' names no host", printable(text)));
  url.host = std::string(authority);
  return url;
}

std::string Url::authority() const {
  const auto name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (tls ? kHttpsPort : kHttpPort) ? name : fmt::format("{}:{}", name, port);
}

std::string Url::text() const {
  return std::string(tls ? kHttps : kHttp) + authority() + target;
}

Result<std::pair<int, int>> parse_status_range(std::string_view text) {
  const auto number = [](std::string_view digits) {
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc{} && end == digits.data() + digits.size() ? value : -1;
  };
  const auto dash = text.find('-');
  const int low = number(text.substr(0, dash));
  const int high = dash == std::string_view::npos ? low : number(text.substr(dash + 1));
  if (low < 100 || high > 599 || high < low)
    return refuse(fmt::format("status '{}' is not like 200 or 200-299", printable(text)));
  return std::pair(low, high);
}

Rate RateProfile::peak() const noexcept {
  return *std::ranges::max_element(points);
}

Rate RateProfile::mean() const noexcept {
  double sum = 0;
  if (!linear || points.size() == 1) {
    for (const auto& point : points) sum += point.per_second;
    return {sum / static_cast<double>(points.size())};
  }
  for (std::size_t i = 1; i < points.size(); ++i) sum += (points[i - 1].per_second + points[i].per_second) / 2;
  return {sum / static_cast<double>(points.size() - 1)};
}

std::string RateProfile::text() const {
  std::string text;
  for (const auto& point : points)
    text += fmt::format("{}{}/s", text.empty() ? "" : linear ? ".." : ",", point.per_second);
  return text;
}

Result<RateProfile> RateProfile::parse(std::string_view text) {
  RateProfile profile;
  profile.linear = text.contains("..");
  const std::string_view separator = profile.linear ? ".." : ",";
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(separator, at), text.size());
    const auto point = parse_rate(text.substr(at, end - at));
    if (!point) return std::unexpected(point.error());
    profile.points.push_back(*point);
    at = end + separator.size();
  }
  if (profile.linear && profile.points.size() < 2)
    return refuse(fmt::format("rate '{}' is not like 20k/s, 1k/s,2k/s or 1k/s..20k/s", printable(text)));
  return profile;
}

Result<Gaps> parse_gaps(std::string_view text) {
  if (text == "constant") return Gaps::constant;
  if (text == "poisson") return Gaps::poisson;
  return refuse(fmt::format("arrivals '{}' are not constant or poisson", printable(text)));
}

std::string_view gaps_text(Gaps gaps) {
  return gaps == Gaps::poisson ? "poisson" : "constant";
}

Result<TransportChoice> parse_transport(std::string_view text) {
  for (const auto transport : {TransportChoice::automatic, TransportChoice::epoll, TransportChoice::uring})
    if (text == transport_text(transport)) return transport;
  return refuse(fmt::format("transport '{}' is not auto, epoll or uring", printable(text)));
}

std::string_view transport_text(TransportChoice transport) {
  switch (transport) {
    case TransportChoice::automatic:
      return "auto";
    case TransportChoice::epoll:
      return "epoll";
    case TransportChoice::uring:
      return "uring";
  }
  return "?";
}

Result<CatchUp> CatchUp::parse(std::string_view text) {
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  const auto value = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  CatchUp catch_up;
  const auto unknown = [&] {
    return refuse(fmt::format("catch-up '{}' is not burst, cap:FACTOR (above 1) or drop:PATIENCE", printable(text)));
  };
  if (name == "burst" && value.empty()) return catch_up;
  if (name == "cap") {
    catch_up.way = Way::cap;
    if (value.empty()) return catch_up;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), catch_up.factor);
    if (error != std::errc{} || end != value.data() + value.size() || !(catch_up.factor > 1) || catch_up.factor > 1e6)
      return unknown();
    return catch_up;
  }
  if (name == "drop") {
    catch_up.way = Way::drop;
    if (value.empty()) return catch_up;
    const auto patience = parse_duration(value);
    if (!patience) return std::unexpected(patience.error());
    catch_up.patience = *patience;
    return catch_up;
  }
  return unknown();
}

std::string CatchUp::text() const {
  switch (way) {
    case Way::burst:
      return "burst";
    case Way::cap:
      return fmt::format("cap:{}", factor);
    case Way::drop:
      return "drop:" + write_duration(patience);
  }
  return "?";
}

Result<void> validate(const LoadSpec& spec) {
  if (spec.threads < 1 || spec.threads > 1024) return refuse(fmt::format("threads: {} is not 1 to 1024", spec.threads));
  if (spec.connections < 1 || spec.connections > 1'000'000)
    return refuse(fmt::format("connections: {} is not 1 to 1,000,000", spec.connections));
  if (spec.connections < spec.threads)
    return refuse(fmt::format("connections: {} cannot be spread over {} threads; give each thread at least one",
                              spec.connections, spec.threads));
  if (spec.pipeline_depth < 1 || spec.pipeline_depth > 4096)
    return refuse(fmt::format("pipeline: a depth of {} is not 1 to 4096", spec.pipeline_depth));
  if (spec.duration < std::chrono::milliseconds(10)) return refuse("duration: shorter than 10ms measures nothing");
  if (spec.duration > std::chrono::hours(24 * 7)) return refuse("duration: longer than a week");
  if (spec.timeout < std::chrono::milliseconds(1)) return refuse("timeout: shorter than 1ms");
  if (spec.first_byte_timeout < Nanos::zero() || spec.first_byte_timeout > spec.timeout)
    return refuse(fmt::format("first-byte timeout: {} is longer than the timeout of the whole response, {}",
                              write_duration(spec.first_byte_timeout), write_duration(spec.timeout)));
  if (spec.unix_socket.find('\0') != std::string::npos) return refuse("unix socket: its path holds a NUL byte");
  if (!spec.unix_socket.empty() && !spec.source_addresses.empty())
    return refuse("source addresses: a unix socket has none; drop the one or the other");
  for (const auto& address : spec.source_addresses)
    if (address.empty() || has_control_byte(address))
      return refuse(fmt::format("source address '{}' is none", printable(address)));
  if (spec.url.tls && spec.transport == TransportChoice::uring)
    return refuse("transport: https is spoken over epoll only; choose --transport epoll");
  if (spec.url.tls && spec.audit)
    return refuse("audit: what the kernel stamps under https is not requests; use http://");
  if (spec.audit && spec.transport == TransportChoice::uring)
    return refuse("audit: the kernel's stamps are read with epoll; choose --transport epoll");
  if (spec.audit && !spec.unix_socket.empty()) return refuse("audit: the kernel stamps TCP only, not a unix socket");
  if (auto sendable = validate_requests(spec); !sendable) return sendable;
  return validate_arrivals(spec);
}

}  // namespace hotlap::load
