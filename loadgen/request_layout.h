// One request, cut once into the pieces that stay and the places where something goes in: values, the length of the
// body, kept cookies. Writing it then only copies. Fields that the wire needs and nobody gave are added: Host,
// Content-Length (RFC 9110 §8.6), Connection: close where each connection carries one request. Immutable after
// compile(); write() allocates only while `out` still grows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "loadgen/contract/load_spec.h"

namespace hotlap::loadgen {

class RequestLayout {
 public:
  // Placeholders are looked up in spec.values. Error: one that is unknown, or braces that make none.
  [[nodiscard]] static Result<RequestLayout> compile(const load::RequestTemplate& request, const load::LoadSpec& spec);

  // Every request is these bytes; empty when something goes in.
  [[nodiscard]] std::string_view constant() const noexcept;
  // Indices into spec.values, each once.
  [[nodiscard]] const std::vector<std::uint16_t>& values() const noexcept { return used_; }
  // Appends one request. `values`: by index into spec.values. `cookies`: a whole field line or nothing.
  void write(const std::vector<std::string_view>& values, std::string_view cookies, std::string& out) const;

 private:
  struct Piece {
    enum class Kind : std::uint8_t { text, value, body_length, cookies };
    Kind kind = Kind::text;
    std::uint16_t value = 0;
    std::string text;
  };

  void add_text(std::string_view text);
  Result<void> add_template(std::string_view text, const load::LoadSpec& spec, bool in_body);

  std::vector<Piece> pieces_;
  std::vector<std::uint16_t> used_;
  std::vector<std::uint16_t> in_body_;  // as often as they stand there
  std::uint64_t fixed_body_bytes_ = 0;
};

}  // namespace hotlap::loadgen
