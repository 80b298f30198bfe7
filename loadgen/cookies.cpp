#include "loadgen/cookies.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>

#include "base/http1.h"
#include "loadgen/head_fields.h"

namespace hotlap::loadgen {
namespace {

std::string_view without_blanks(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// "name=value; attribute; …", one part at a time.
std::string_view next_part(std::string_view& text) {
  const auto end = std::min(text.find(';'), text.size());
  const auto part = without_blanks(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::optional<int> small_number(std::string_view text, std::size_t fewest, std::size_t most) noexcept {
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  if (digits < fewest || digits > most) return std::nullopt;
  int value = 0;
  std::from_chars(text.data(), text.data() + digits, value);
  return value;
}

struct DateParts {
  std::optional<std::array<int, 3>> time;
  std::optional<int> day, month, year;
};

bool take_time(std::string_view token, DateParts& date) noexcept {
  std::array<int, 3> time{};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto value = small_number(token, 1, 2);
    if (!value) return false;
    time[i] = *value;
    const auto colon = token.find(':');
    if (i < 2 && colon == std::string_view::npos) return false;
    token.remove_prefix(std::min(colon, token.size() - 1) + 1);
  }
  date.time = time;
  return true;
}

bool take_month(std::string_view token, DateParts& date) noexcept {
  constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                        "jul", "aug", "sep", "oct", "nov", "dec"};
  const auto found = std::ranges::find_if(
      kMonths, [&](std::string_view month) { return http1::equals_ignoring_case(token.substr(0, 3), month); });
  if (found == kMonths.end()) return false;
  date.month = static_cast<int>(found - kMonths.begin()) + 1;
  return true;
}

void take_token(std::string_view token, DateParts& date) noexcept {
  if (!date.time && take_time(token, date)) return;
  if (!date.day) {
    date.day = small_number(token, 1, 2);
    if (date.day) return;
  }
  if (!date.month && take_month(token, date)) return;
  if (date.year) return;
  date.year = small_number(token, 2, 4);
  if (!date.year) return;
  if (*date.year >= 70 && *date.year <= 99) *date.year += 1900;
  if (*date.year <= 69) *date.year += 2000;
}

bool is_over(std::string_view attributes, std::int64_t now_s) {
  std::optional<bool> by_age;
  std::optional<bool> by_date;
  while (!attributes.empty()) {
    const auto part = next_part(attributes);
    const auto equals = std::min(part.find('='), part.size());
    const auto name = without_blanks(part.substr(0, equals));
    const auto value = without_blanks(part.substr(std::min(equals + 1, part.size())));
    if (http1::equals_ignoring_case(name, "max-age") && !value.empty()) {
      const auto digits = value.substr(value.front() == '-' ? 1 : 0);
      if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) continue;
      by_age = value.front() == '-' || digits.find_first_not_of('0') == std::string_view::npos;
    } else if (http1::equals_ignoring_case(name, "expires")) {
      std::int64_t date = 0;
      if (parse_cookie_date(value, date)) by_date = date <= now_s;
    }
  }
  return by_age.value_or(by_date.value_or(false));  // Max-Age wins, RFC 6265 §5.3
}

}  // namespace

bool parse_cookie_date(std::string_view text, std::int64_t& seconds) noexcept {
  const auto is_delimiter = [](char c) {
    return c == '\t' || (c >= ' ' && c <= '/') || (c >= ';' && c <= '@') || (c >= '[' && c <= '`') ||
           (c >= '{' && c <= '~');
  };
  DateParts date;
  while (!text.empty()) {
    const auto start = static_cast<std::size_t>(std::ranges::find_if_not(text, is_delimiter) - text.begin());
    text.remove_prefix(start);
    const auto end = static_cast<std::size_t>(std::ranges::find_if(text, is_delimiter) - text.begin());
    if (end > 0) take_token(text.substr(0, end), date);
    text.remove_prefix(end);
  }
  if (!date.time || !date.day || !date.month || !date.year || *date.year < 1601) return false;
  const auto& [hour, minute, second] = *date.time;
  const std::chrono::year_month_day day(std::chrono::year(*date.year),
                                        std::chrono::month(static_cast<unsigned>(*date.month)),
                                        std::chrono::day(static_cast<unsigned>(*date.day)));
  if (!day.ok() || hour > 23 || minute > 59 || second > 59) return false;
  const std::chrono::sys_seconds moment = std::chrono::sys_days(day) + std::chrono::hours(hour) +
                                          std::chrono::minutes(minute) + std::chrono::seconds(second);
  seconds = moment.time_since_epoch().count();
  return true;
}

void Cookies::take(std::string_view head, std::int64_t now_s) {
  bool changed = false;
  for_each_field(head, [&](std::string_view name, std::string_view value) {
    if (name.size() != 10 || !http1::equals_ignoring_case(name, "set-cookie")) return;
    take_one(value, now_s);
    changed = true;
  });
  if (changed) write_line();
}

void Cookies::take_one(std::string_view field, std::int64_t now_s) {
  const auto pair = next_part(field);
  const auto equals = pair.find('=');
  if (equals == std::string_view::npos || pair.size() > kLongestCookie) return;
  const auto name = without_blanks(pair.substr(0, equals));
  const auto value = without_blanks(pair.substr(equals + 1));
  if (name.empty()) return;
  const auto known = std::ranges::find(cookies_, name, &Cookie::name);
  if (is_over(field, now_s)) {
    if (known != cookies_.end()) cookies_.erase(known);
  } else if (known != cookies_.end()) {
    known->value = value;
  } else {
    if (cookies_.size() == kMostCookies) cookies_.erase(cookies_.begin());
    cookies_.push_back({.name = std::string(name), .value = std::string(value)});
  }
}

void Cookies::write_line() {
  line_.clear();
  if (cookies_.empty()) return;
  line_ = "Cookie: ";
  for (std::size_t i = 0; i < cookies_.size(); ++i) {
    if (i > 0) line_ += "; ";
    line_ += cookies_[i].name;
    line_ += '=';
    line_ += cookies_[i].value;
  }
  line_ += "\r\n";
}

void Cookies::clear() noexcept {
  cookies_.clear();
  line_.clear();
}

}  // namespace hotlap::loadgen
