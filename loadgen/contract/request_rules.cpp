#include "loadgen/contract/request_rules.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/did_you_mean.h"
#include "base/http1.h"
#include "loadgen/contract/template_text.h"

namespace hotlap::load {
namespace {

constexpr std::uint64_t kMostZipfRanks = 1'000'000'000'000;
constexpr double kSteepestZipf = 20;

std::unexpected<Error> refuse(std::string message) {
  return fail(std::move(message), ExitCode::usage);
}

enum class Place : std::uint8_t { path, field, body };

bool breaks(char c, Place place) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  switch (place) {
    case Place::path:
      return byte <= 0x20 || byte == 0x7f;
    case Place::field:
      return (byte < 0x20 && c != '\t') || byte == 0x7f;
    case Place::body:
      return false;
  }
  return true;
}

bool breaks(std::string_view text, Place place) noexcept {
  return std::ranges::any_of(text, [&](char c) { return breaks(c, place); });
}

std::string_view what_breaks(Place place) noexcept {
  return place == Place::path ? "a blank, line break or control character; write it as %20, %0A …"
                              : "a line break or a control character";
}

bool is_field_name(std::string_view name) noexcept {
  constexpr std::string_view kAlso = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::ranges::all_of(name, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kAlso.contains(c);
  });
}

const ValueSource* find_value(const LoadSpec& spec, std::string_view name) {
  const auto found = std::ranges::find(spec.values, name, &ValueSource::name);
  return found == spec.values.end() ? nullptr : &*found;
}

std::string unknown_placeholder(const LoadSpec& spec, std::string_view name) {
  std::vector<std::string> known;
  for (const auto& value : spec.values) known.push_back(value.name);
  return fmt::format("placeholder {{{{{}}}}} is unknown{}", name,
                     known.empty() ? "; nothing says where its values come from" : did_you_mean(name, known));
}

Result<void> check_text(const LoadSpec& spec, const std::string& where, std::string_view text, Place place) {
  const auto pieces = cut_template(text);
  if (!pieces) return refuse(fmt::format("{}: {}", where, pieces.error().message));
  for (const auto& piece : *pieces) {
    if (!piece.placeholder) {
      if (breaks(piece.text, place)) return refuse(fmt::format("{} holds {}", where, what_breaks(place)));
      continue;
    }
    const auto* value = find_value(spec, piece.text);
    if (!value) return refuse(fmt::format("{}: {}", where, unknown_placeholder(spec, piece.text)));
    const auto bad = std::ranges::find_if(value->items, [&](const auto& item) { return breaks(item, place); });
    if (bad != value->items.end())
      return refuse(fmt::format("{}: value '{}' of {{{{{}}}}} holds {}", where, printable(*bad, 60), piece.text,
                                what_breaks(place)));
  }
  return {};
}

// A path begins with '/', or with a placeholder all of whose values do; OPTIONS may ask for '*'.
bool begins_like_a_path(const LoadSpec& spec, const RequestTemplate& request) {
  if (request.target.starts_with('/') || (request.target == "*" && request.method == "OPTIONS")) return true;
  const auto pieces = cut_template(request.target);
  if (!pieces || pieces->empty() || !pieces->front().placeholder) return false;
  const auto* value = find_value(spec, pieces->front().text);
  return value && value->law == ValueSource::Law::list &&
         std::ranges::all_of(value->items, [](const auto& item) { return item.starts_with('/'); });
}

Result<void> check_expectation(const std::string& of, const Expectation& expect) {
  if (expect.status_low < 100 || expect.status_high > 599 || expect.status_high < expect.status_low)
    return refuse(
        fmt::format("{}expected status {}-{} is not within 100-599", of, expect.status_low, expect.status_high));
  const auto& hash = expect.sha256;
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (!hash.empty() && (hash.size() != 64 || !std::ranges::all_of(hash, is_digit)))
    return refuse(
        fmt::format("{}expected sha256 '{}' is not 64 lower-case hexadecimal digits", of, printable(hash, 70)));
  for (const auto& [name, value] : expect.with_fields)
    if (!is_field_name(name) || breaks(value, Place::field))
      return refuse(
          fmt::format("{}expected header '{}: {}' can never come: it holds a line break, a control "
                      "character or a bad name",
                      of, printable(name), printable(value)));
  if (expect.every < 1) return refuse(fmt::format("{}one response in 0 cannot be checked; 1 checks every one", of));
  return {};
}

Result<void> check_values(const LoadSpec& spec) {
  if (spec.values.size() > kMostValues)
    return refuse(fmt::format("{} placeholders are more than {}", spec.values.size(), kMostValues));
  std::set<std::string_view> names;
  for (const auto& value : spec.values) {
    const auto no = [&](std::string_view why) {
      return refuse(fmt::format("placeholder '{}': {}", printable(value.name), why));
    };
    using Law = ValueSource::Law;
    if (!is_placeholder_name(value.name)) return no("a name is made of letters, digits, '_' and '-'");
    if (!names.insert(value.name).second) return no("it is there twice; give each its own name");
    if (value.law == Law::list && value.items.empty()) return no("its list is empty; give it at least one value");
    if (value.law != Law::list && !value.items.empty()) return no("only a list has items");
    if (value.low > value.high)
      return no(fmt::format("its lowest value {} lies above its highest {}", value.low, value.high));
    if (value.law != Law::zipf) continue;
    if (!(value.exponent > 0) || value.exponent > kSteepestZipf)
      return no(fmt::format("exponent {} is not above 0 and at most {}", value.exponent, kSteepestZipf));
    if (static_cast<std::uint64_t>(value.high) - static_cast<std::uint64_t>(value.low) >= kMostZipfRanks)
      return no(fmt::format("zipf over more than {} values", kMostZipfRanks));
  }
  return {};
}

Result<void> check_fields(const LoadSpec& spec, const std::string& of, const RequestTemplate& request) {
  for (const auto& [name, value] : request.headers) {
    const auto where = fmt::format("{}header '{}: {}'", of, printable(name), printable(value));
    if (!is_field_name(name)) return refuse(where + " has a bad name: letters, digits and '-' make one");
    if (auto fine = check_text(spec, where, value, Place::field); !fine) return fine;
    if (spec.keep_cookies && http1::equals_ignoring_case(name, "Cookie"))
      return refuse(where + ": cookies are kept and sent back, so none can be given; drop the one or the other");
  }
  return {};
}

Result<void> check_request(const LoadSpec& spec, const std::string& of, const RequestTemplate& request) {
  if (!is_field_name(request.method))
    return refuse(fmt::format("{}method '{}' is not one word", of, printable(request.method)));
  if (!begins_like_a_path(spec, request))
    return refuse(fmt::format("{}path '{}' does not begin with /", of, printable(request.target)));
  if (auto fine =
          check_text(spec, fmt::format("{}path '{}'", of, printable(request.target)), request.target, Place::path);
      !fine)
    return fine;
  if (auto fine = check_fields(spec, of, request); !fine) return fine;
  if (auto fine = check_text(spec, of + "body", request.body, Place::body); !fine) return fine;
  return check_expectation(of, request.expect);
}

}  // namespace

std::vector<RequestTemplate> requests_of(const LoadSpec& spec) {
  if (!spec.requests.empty()) return spec.requests;
  RequestTemplate only{.name = spec.method + " " + spec.url.target,
                       .method = spec.method,
                       .target = literal_template(spec.url.target),
                       .headers = spec.headers,
                       .body = literal_template(spec.body),
                       .expect = spec.expect};
  for (auto& header : only.headers) header.second = literal_template(header.second);
  return {std::move(only)};
}

Result<void> validate_requests(const LoadSpec& spec) {
  if (auto fine = check_values(spec); !fine) return fine;
  if (spec.requests.empty()) return check_request(spec, "", requests_of(spec).front());
  if (spec.requests.size() > kMostRequests)
    return refuse(fmt::format("{} requests are more than {}: each keeps histograms of its own", spec.requests.size(),
                              kMostRequests));
  std::set<std::string_view> names;
  for (const auto& request : spec.requests) {
    const auto of = fmt::format("request '{}': ", printable(request.name));
    if (request.name.empty()) return refuse("a request has an empty name");
    if (!names.insert(request.name).second) return refuse(of + "this name is there twice; give each its own");
    if (!(request.weight > 0) || !std::isfinite(request.weight))
      return refuse(
          fmt::format("{}weight {} is not above 0; leave out a request that is not wanted", of, request.weight));
    if (auto fine = check_request(spec, of, request); !fine) return fine;
  }
  if (spec.keep_cookies && spec.order == RequestOrder::sequence && spec.requests_per_connection > 0 &&
      spec.requests_per_connection < spec.requests.size())
    return refuse(
        fmt::format("requests per connection: {} is fewer than the {} requests of the sequence, which begins "
                    "anew with each connection when cookies are kept: the last would never be sent",
                    spec.requests_per_connection, spec.requests.size()));
  return {};
}

}  // namespace hotlap::load
