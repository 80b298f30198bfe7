#include "targets/pages/json_writer.h"

#include <array>
#include <charconv>

namespace hotlap::targets {

JsonWriter& JsonWriter::key(std::string_view name) {
  comma();
  quote(name);
  out_ += ':';
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  comma();
  quote(value);
  return *this;
}

JsonWriter& JsonWriter::number(std::int64_t value) {
  comma();
  std::array<char, 20> digits{};
  out_.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
  return *this;
}

JsonWriter& JsonWriter::null() {
  comma();
  out_ += "null";
  return *this;
}

JsonWriter& JsonWriter::open(char bracket) {
  comma();
  out_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_ += bracket;
  return *this;
}

// What stands last says whether a value or a key opens, follows or belongs to a key.
void JsonWriter::comma() {
  if (out_.empty()) return;
  const char last = out_.back();
  if (last != '{' && last != '[' && last != ':') out_ += ',';
}

void JsonWriter::quote(std::string_view value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out_ += '"';
  for (const char letter : value) {
    const auto code = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      out_ += '\\';
      out_ += letter;
    } else if (code < 0x20) {
      out_ += "\\u00";
      out_ += kHex[code >> 4];
      out_ += kHex[code & 0xf];
    } else {
      out_ += letter;
    }
  }
  out_ += '"';
}

}  // namespace hotlap::targets
