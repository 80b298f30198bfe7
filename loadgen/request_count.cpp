#include "loadgen/request_count.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/http1.h"

namespace hotlap::loadgen {
namespace {

constexpr const char* kIncomplete = "incomplete request";

// The next line without its line end; none when it has no end.
std::optional<std::string_view> take_line(std::string_view bytes, std::size_t& at) noexcept {
  const auto end = bytes.find('\n', at);
  if (end == std::string_view::npos) return std::nullopt;
  auto line = bytes.substr(at, end - at);
  at = end + 1;
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view without_blanks(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_request_line(std::string_view line) noexcept {
  const auto method_end = line.find(' ');
  const auto version = line.rfind(" HTTP/");
  return method_end != 0 && method_end != std::string_view::npos && version != std::string_view::npos &&
         version > method_end;
}

// Nothing wrong: nullptr, and `at` is behind the body.
const char* skip_chunked(std::string_view bytes, std::size_t& at) noexcept {
  http1::ChunkedReader reader;
  while (at < bytes.size()) {
    const auto step = reader.step(bytes.substr(at));
    at += step.used;
    if (step.parsed == http1::Parsed::done) return nullptr;
    if (step.parsed == http1::Parsed::bad) return "the chunked body is malformed";
    if (step.used == 0) break;
  }
  return kIncomplete;
}

const char* skip_request(std::string_view bytes, std::size_t& at, bool& head) noexcept {
  const auto first = take_line(bytes, at);
  if (!first) {
    at = bytes.size();
    return kIncomplete;
  }
  if (!is_request_line(*first)) return "the request line is not METHOD TARGET VERSION";
  head = first->starts_with("HEAD ");
  std::uint64_t length = 0;
  bool chunked = false;
  for (;;) {
    const auto line = take_line(bytes, at);
    if (!line) {
      at = bytes.size();
      return kIncomplete;
    }
    if (line->empty()) break;
    const auto colon = line->find(':');
    if (colon == std::string_view::npos || colon == 0) return "a header line has no name and colon";
    const auto name = line->substr(0, colon);
    const auto value = without_blanks(line->substr(colon + 1));
    if (http1::equals_ignoring_case(name, "content-length")) {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
      if (error != std::errc{} || end != value.data() + value.size()) return "Content-Length is not a number";
    } else if (http1::equals_ignoring_case(name, "transfer-encoding")) {
      chunked = value.size() >= 7 && http1::equals_ignoring_case(value.substr(value.size() - 7), "chunked");
    }
  }
  if (chunked) return skip_chunked(bytes, at);
  if (length > bytes.size() - at) {
    at = bytes.size();
    return kIncomplete;
  }
  at += length;
  return nullptr;
}

}  // namespace

RequestCount count_requests(std::string_view bytes) noexcept {
  RequestCount count{.all_head = true};
  for (;;) {
    count.at = std::min(bytes.find_first_not_of("\r\n", count.at), bytes.size());
    if (count.at == bytes.size()) break;
    bool head = false;
    count.why = skip_request(bytes, count.at, head);
    if (count.why != nullptr) return count;
    ++count.requests;
    count.all_head = count.all_head && head;
  }
  if (count.requests == 0) count.why = kIncomplete;
  return count;
}

std::string fault_text(const RequestCount& count, std::string_view bytes) {
  const auto read = bytes.substr(0, count.at);
  const auto line = std::ranges::count(read, '\n') + 1;
  const auto line_start = read.rfind('\n');
  const auto column = line_start == std::string_view::npos ? read.size() + 1 : read.size() - line_start;
  return fmt::format("{} at {}:{}", count.why == nullptr ? "no fault" : count.why, line, column);
}

}  // namespace hotlap::loadgen
