// Which bytes may stand where in a head of HTTP/1.1, and how to run over them sixteen at a time. Only for the parsers
// in base/http1*.cpp. Scans never read at or beyond `end`; the sixteen-byte steps are SSE2, which every x86-64 has, and
// elsewhere the tables alone decide.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#if defined(__SSE2__) && !defined(HOTLAP_WITHOUT_SIMD)
#define HOTLAP_SSE2
#include <emmintrin.h>
#endif

namespace hotlap::http1 {

using ByteSet = std::array<bool, 256>;

// RFC 9110 §5.6.2: what a method or a field name may be made of.
inline constexpr ByteSet kTokenBytes = [] {
  ByteSet table{};
  for (std::size_t c = '0'; c <= '9'; ++c) table[c] = true;
  for (std::size_t c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (std::size_t c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

// RFC 9110 §5.5: what a field value may be made of: visible bytes, blank, tab and bytes from 0x80 on.
inline constexpr ByteSet kValueBytes = [] {
  ByteSet table{};
  for (std::size_t c = 0x20; c < 256; ++c) table[c] = c != 0x7f;
  table['\t'] = true;
  return table;
}();

// A request target: visible bytes but '#' (RFC 9112 §3.2 has no fragment), and bytes from 0x80 on as servers meet them.
inline constexpr ByteSet kTargetBytes = [] {
  ByteSet table = kValueBytes;
  table[' '] = table['\t'] = table['#'] = false;
  return table;
}();

constexpr bool in(const ByteSet& set, char c) noexcept {
  return set[static_cast<unsigned char>(c)];
}

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

inline std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Whole decimal number without sign, at most 18 digits, so that it cannot overflow.
inline std::optional<std::uint64_t> decimal(std::string_view text) noexcept {
  if (text.empty() || text.size() > 18) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

inline std::string_view between(const char* begin, const char* end) noexcept {
  return {begin, static_cast<std::size_t>(end - begin)};
}

// Calls `word` with each element of a comma-separated list, without its blanks; elements may be empty.
template <class Word>
void for_each_in_list(std::string_view list, Word word) noexcept {
  while (true) {
    const auto comma = list.find(',');
    word(trimmed(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

#ifdef HOTLAP_SSE2
namespace sse2 {
inline __m128i load(const char* at) noexcept {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}
inline unsigned bits(__m128i mask) noexcept {
  return static_cast<unsigned>(_mm_movemask_epi8(mask));
}
inline __m128i is(__m128i bytes, char c) noexcept {
  return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c));
}
// Bytes of `low` to `low` + `span`, unsigned.
inline __m128i in_range(__m128i bytes, char low, char span) noexcept {
  const __m128i from_low = _mm_sub_epi8(bytes, _mm_set1_epi8(low));
  return _mm_cmpeq_epi8(_mm_min_epu8(from_low, _mm_set1_epi8(span)), from_low);
}
inline __m128i letters(__m128i bytes) noexcept {
  return in_range(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 'z' - 'a');
}
}  // namespace sse2
#endif

// Kinds of text: the bytes allowed, and for sixteen bytes at once the ones that the table has to decide about.
struct Token {
  static constexpr const ByteSet& allowed = kTokenBytes;
#ifdef HOTLAP_SSE2
  static unsigned suspects(__m128i bytes) noexcept {  // most names are letters and hyphens
    return sse2::bits(_mm_or_si128(sse2::letters(bytes), sse2::is(bytes, '-'))) ^ 0xffffU;
  }
#endif
};

struct Value {
  static constexpr const ByteSet& allowed = kValueBytes;
#ifdef HOTLAP_SSE2
  static unsigned suspects(__m128i bytes) noexcept {
    return sse2::bits(_mm_or_si128(sse2::in_range(bytes, 0, 0x1f), sse2::is(bytes, 0x7f)));
  }
#endif
};

struct Target {
  static constexpr const ByteSet& allowed = kTargetBytes;
#ifdef HOTLAP_SSE2
  static unsigned suspects(__m128i bytes) noexcept {
    return sse2::bits(
        _mm_or_si128(_mm_or_si128(sse2::in_range(bytes, 0, 0x20), sse2::is(bytes, '#')), sse2::is(bytes, 0x7f)));
  }
#endif
};

// Where a run of allowed bytes ends: the first other byte, or `end`.
template <class Kind>
inline const char* end_of(const char* at, const char* end) noexcept {
#ifdef HOTLAP_SSE2
  while (end - at >= 16) {
    const unsigned found = Kind::suspects(sse2::load(at));
    if (found == 0) {
      at += 16;
      continue;
    }
    at += std::countr_zero(found);
    if (!in(Kind::allowed, *at)) return at;
    ++at;
  }
#endif
  while (at != end && in(Kind::allowed, *at)) ++at;
  return at;
}

// The first four bytes, with letters in lower case (other bytes are spoilt, which is harmless in a comparison with
// letters only).
inline std::uint32_t first_four_lowered(const char* at) noexcept {
  std::uint32_t word = 0;
  std::memcpy(&word, at, 4);
  return word | 0x20202020U;
}

}  // namespace hotlap::http1
