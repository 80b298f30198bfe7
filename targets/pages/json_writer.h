// Writes JSON (RFC 8259) as it is told to, compact, into one string: no tree in between. Commas and quotes are the
// writer's business, balance is the caller's. Bytes beyond ASCII pass as they are (texts are UTF-8).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace hotlap::targets {

class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& text(std::string_view value);
  JsonWriter& number(std::int64_t value);
  JsonWriter& null();

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void comma();
  void quote(std::string_view value);

  std::string out_;
};

}  // namespace hotlap::targets
