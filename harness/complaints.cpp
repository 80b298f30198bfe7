#include "harness/complaints.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <tuple>

namespace hotlap::harness {

std::vector<std::string> lines_of(const Error& error) {
  std::vector<std::string> lines;
  std::string_view rest = error.message;
  while (true) {
    const auto end = rest.find('\n');
    lines.emplace_back(rest.substr(0, end));
    if (end == std::string_view::npos) return lines;
    rest.remove_prefix(end + 1);
  }
}

// "FILE:LINE:COLUMN: …"; without them it has no place and comes first.
Complaints::Complaint Complaints::located(std::string_view sentence) {
  Complaint complaint{.file = {}, .sentence = std::string(sentence)};
  const auto number = [](std::string_view text, int& into) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    return error == std::errc{} && end == text.data() + text.size() && !text.empty();
  };
  const auto end = sentence.find(": ");
  const auto place = sentence.substr(0, end == std::string_view::npos ? 0 : end);
  const auto column = place.rfind(':');
  if (column == std::string_view::npos || column == 0) return complaint;
  const auto line = place.rfind(':', column - 1);
  if (line == std::string_view::npos) return complaint;
  if (!number(place.substr(line + 1, column - line - 1), complaint.line) ||
      !number(place.substr(column + 1), complaint.column))
    return {.file = {}, .sentence = std::string(sentence)};
  complaint.file = place.substr(0, line);
  return complaint;
}

void Complaints::add(const Error& error) {
  if (found_.empty()) code_ = error.code;
  for (const auto& line : lines_of(error)) {
    if (full() || std::ranges::find(found_, line, &Complaint::sentence) != found_.end()) continue;
    found_.push_back(located(line));
  }
}

Error Complaints::error() const {
  check(!found_.empty(), "there is a complaint where one is asked for");
  const std::size_t count = std::min(found_.size(), kMostComplaints);
  // Files stay in the order in which they were first complained about.
  std::vector<std::string> files;
  std::vector<std::tuple<std::ptrdiff_t, int, int, std::size_t>> order;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& one = found_[i];
    const auto file = std::ranges::find(files, one.file);
    order.emplace_back(file - files.begin(), one.line, one.column, i);
    if (file == files.end()) files.push_back(one.file);
  }
  std::ranges::sort(order);
  Error error{{}, code_};
  for (const auto& place : order)
    error.message += (error.message.empty() ? "" : "\n") + found_[std::get<3>(place)].sentence;
  if (full()) error.message += fmt::format("\nand more than these {}; mend them first", kMostComplaints);
  return error;
}

}  // namespace hotlap::harness
