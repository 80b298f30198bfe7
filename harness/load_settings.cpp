#include "harness/load_settings.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/units.h"
#include "harness/setting_reader.h"

namespace hotlap::harness {
namespace {

constexpr Nanos kMostWarmUp = std::chrono::seconds(10);  // of 'warm_up: steady', unless warm_up_most says

Result<void> set_status(load::LoadSpec& spec, const std::string& text) {
  const auto range = load::parse_status_range(text);
  if (!range) return std::unexpected(range.error());
  spec.expect.status_low = range->first;
  spec.expect.status_high = range->second;
  return {};
}

// As apply() hands it over: "Name: value".
Result<void> add_header(load::LoadSpec& spec, const std::string& text) {
  const auto colon = text.find(": ");
  spec.headers.emplace_back(text.substr(0, colon), text.substr(colon + 2));
  return {};
}

}  // namespace

std::optional<ExpectedStoreCalls> expected_store_calls(const std::vector<Setting>& settings) {
  const auto found = std::ranges::find(settings, "expect.store_calls", &Setting::key);
  if (found == settings.end()) return std::nullopt;
  const auto count = parse_count(found->text);
  if (!count) return std::nullopt;
  return ExpectedStoreCalls{.per_request = static_cast<double>(*count), .place = found->place};
}

Result<load::LoadSpec> load_from(const std::vector<Setting>& settings, const std::string& file) {
  using load::LoadSpec;
  static const std::map<std::string, Setter<LoadSpec>, std::less<>> setters = {
      {"path",
       [](LoadSpec& spec, const std::string& text) {
         spec.url.target = text;
         return Result<void>();
       }},
      {"method", as_text<&LoadSpec::method>},
      {"threads", as_count<&LoadSpec::threads>},
      {"connections", as_count<&LoadSpec::connections>},
      {"pipeline", as_count<&LoadSpec::pipeline_depth>},
      {"duration", as_duration<&LoadSpec::duration>},
      {"warm_up",
       [](LoadSpec& spec, const std::string& text) {
         spec.until_steady = text == "steady";
         return spec.until_steady ? Result<void>() : assign(parse_duration(text), spec.warm_up);
       }},
      {"warm_up_most",  // what it means depends on warm_up, which may stand behind it
       [](LoadSpec& /*spec*/, const std::string& text) {
         Nanos most{};
         return assign(parse_duration(text), most);
       }},
      {"verify_every",
       [](LoadSpec& spec, const std::string& text) { return assign(parse_count(text), spec.expect.every); }},
      {"expect.store_calls",  // expected_store_calls() reads it
       [](LoadSpec& /*spec*/, const std::string& text) {
         std::uint64_t calls = 0;
         return assign(parse_count(text), calls);
       }},
      {"timeout", as_duration<&LoadSpec::timeout>},
      {"rate",
       [](LoadSpec& spec, const std::string& text) { return assign(load::RateProfile::parse(text), spec.rate); }},
      {"arrivals", [](LoadSpec& spec, const std::string& text) { return assign(load::parse_gaps(text), spec.gaps); }},
      {"catch_up",
       [](LoadSpec& spec, const std::string& text) { return assign(load::CatchUp::parse(text), spec.catch_up); }},
      {"seed", as_count<&LoadSpec::seed>},
      {"cpus", as_cpus<&LoadSpec::cpus>},
      {"transport",
       [](LoadSpec& spec, const std::string& text) { return assign(load::parse_transport(text), spec.transport); }},
      {"tls_resume", [](LoadSpec& spec, const std::string& text) { return set_yes_or_no(spec.resume_tls, text); }},
      {"spin", [](LoadSpec& spec, const std::string& text) { return set_yes_or_no(spec.spin, text); }},
      {"requests", as_text<&LoadSpec::requests_file>},
      {"requests_per_connection", as_count<&LoadSpec::requests_per_connection>},
      {"expect.status", set_status},
      {"expect.length",
       [](LoadSpec& spec, const std::string& text) { return assign(parse_bytes(text), spec.expect.body_length); }},
      {"expect.body",
       [](LoadSpec& spec, const std::string& text) {
         spec.expect.body = text;
         return Result<void>();
       }},
      {"header", add_header},
  };
  LoadSpec spec;
  spec.url.host = "127.0.0.1";
  spec.url.port = 0;
  if (auto applied = apply(settings, file, "load", load_keys(), setters, spec); !applied)
    return std::unexpected(applied.error());
  if (const auto document = std::ranges::find(settings, "requests", &Setting::key); document != settings.end()) {
    auto path = file_beside(file, spec.requests_file);
    if (!path) return fail_at(file, document->place, "load.requests: " + path.error().message);
    spec.requests_file = std::move(*path);
  }
  const auto most = std::ranges::find(settings, "warm_up_most", &Setting::key);
  if (most != settings.end() && !spec.until_steady)
    return fail_at(file, most->place,
                   "load.warm_up_most is for 'warm_up: steady'; a warm-up of a fixed length has no most");
  if (spec.until_steady)
    spec.warm_up = most == settings.end() ? kMostWarmUp : parse_duration(most->text).value_or(kMostWarmUp);
  if (auto valid = load::validate(spec); !valid) {
    const auto& message = valid.error().message;  // begins with the key it is about
    // Where that key is given, else the first one that the message speaks of.
    auto about = std::ranges::find_if(settings, [&](const Setting& one) { return message.starts_with(one.key + ":"); });
    if (about == settings.end())
      about = std::ranges::find_if(settings, [&](const Setting& one) { return message.contains(one.key); });
    return fail_at(file, about == settings.end() ? Place{} : about->place, "load." + message);
  }
  return spec;
}

}  // namespace hotlap::harness
