#include "loadgen/replay_file.h"

#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>

namespace hotlap::loadgen {
namespace {

std::string_view stripped(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

Result<Nanos> parse_time(std::string_view text) {
  constexpr double kMostSeconds = 1e9;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) {
    if (number >= 0 && number <= kMostSeconds) return Nanos(std::llround(number * 1e9));
  } else if (auto duration = parse_duration(text)) {
    return duration;
  }
  return fail(fmt::format("'{}' is not a time from the window's start, like 0.25 (seconds) or 250ms", printable(text)),
              ExitCode::bad_config);
}

}  // namespace

Result<std::vector<Nanos>> parse_replay(std::string_view text, std::string_view name) {
  std::vector<Nanos> times;
  for (int line = 1; !text.empty(); ++line) {
    const auto end = text.find('\n');
    const auto content = stripped(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (content.empty() || content.starts_with('#')) continue;
    const auto time = parse_time(stripped(content.substr(0, content.find(','))));
    if (!time) return fail(fmt::format("{}:{}: {}", name, line, time.error().message), ExitCode::bad_config);
    if (!times.empty() && *time < times.back())
      return fail(fmt::format("{}:{}: {} comes after {}; sort the times", name, line, write_duration(*time),
                              write_duration(times.back())),
                  ExitCode::bad_config);
    times.push_back(*time);
  }
  if (times.empty()) return fail(fmt::format("{}: holds no time", name), ExitCode::bad_config);
  return times;
}

Result<std::vector<Nanos>> read_replay(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail_errno(fmt::format("read '{}'", printable(path)), ExitCode::bad_config);
  std::ostringstream text;
  if (file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  if (file.bad() || text.bad()) return fail_errno(fmt::format("read '{}'", printable(path)), ExitCode::bad_config);
  return parse_replay(text.view(), printable(path));
}

}  // namespace hotlap::loadgen
