#include "targets/pages/form.h"

#include <charconv>

namespace hotlap::targets {
namespace {

int hex_digit(char letter) noexcept {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return -1;
}

std::string decoded(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%' && at + 2 < text.size()) {
      const int high = hex_digit(text[at + 1]);
      const int low = hex_digit(text[at + 2]);
      if (high >= 0 && low >= 0) {
        plain += static_cast<char>(high * 16 + low);
        at += 2;
        continue;
      }
    }
    plain += text[at] == '+' ? ' ' : text[at];
  }
  return plain;
}

}  // namespace

std::optional<std::string> form_value(std::string_view encoded, std::string_view name) {
  while (!encoded.empty()) {
    const auto end = encoded.find('&');
    const auto pair = encoded.substr(0, end);
    const auto equals = pair.find('=');
    if (decoded(pair.substr(0, equals)) == name)
      return equals == std::string_view::npos ? std::string() : decoded(pair.substr(equals + 1));
    encoded = end == std::string_view::npos ? std::string_view{} : encoded.substr(end + 1);
  }
  return std::nullopt;
}

std::optional<std::int64_t> form_number(std::string_view encoded, std::string_view name) {
  const auto text = form_value(encoded, name);
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return number;
}

}  // namespace hotlap::targets
