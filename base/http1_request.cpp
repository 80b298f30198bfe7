// The request side of base/http1.h: one pass over the head, each byte once; what is rare stands out of line.
#include <algorithm>

#include "base/http1.h"
#include "base/http1_bytes.h"

namespace hotlap::http1 {
namespace {

using Progress = RequestHeadParser::Progress;

struct Refusal {
  const char* why = nullptr;
  int status = 400;
};

// RFC 9112 §2.2 asks for tolerance of an empty line before a request; a stream of them is no client's mistake.
constexpr std::ptrdiff_t kMostBlankLines = 4;

[[gnu::cold]] Parsed refuse(Refusal& refusal, const char* why, int status = 400) noexcept {
  refusal = {why, status};
  return Parsed::bad;
}

[[gnu::cold]] Parsed needs_more_of(Progress::Run run, Progress& p) noexcept {
  p.run = run;
  return Parsed::need_more;
}

std::uint32_t offset(const char* begin, const char* at) noexcept {
  return static_cast<std::uint32_t>(at - begin);
}

// RFC 3986 §3.2.2: reg-name or IPv4 address; §3.2.3: a port is digits, maybe none.
constexpr ByteSet kHostBytes = [] {
  ByteSet table{};
  for (std::size_t c = '0'; c <= '9'; ++c) table[c] = true;
  for (std::size_t c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (std::size_t c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (const char c : std::string_view("-._~!$&'()*+,;=")) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) noexcept {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}

bool is_port(std::string_view text) noexcept {
  return std::ranges::all_of(text, is_digit);
}

bool is_host(std::string_view text) noexcept {
  if (text.starts_with('[')) {  // an IP literal
    const auto close = text.find(']');
    if (close == std::string_view::npos || close < 3) return false;
    auto address = text.substr(1, close - 1);
    if (lower(address.front()) == 'v') {  // IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )
      const auto dot = address.find('.');
      if (dot == std::string_view::npos || dot < 2 || dot + 1 == address.size()) return false;
      if (!std::ranges::all_of(address.substr(1, dot - 1), is_hex)) return false;
      address.remove_prefix(dot + 1);
      if (!std::ranges::all_of(address, [](char c) { return in(kHostBytes, c) || c == ':'; })) return false;
    } else if (!std::ranges::all_of(address, [](char c) { return is_hex(c) || c == ':' || c == '.'; })) {
      return false;
    }
    const auto rest = text.substr(close + 1);
    return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
  }
  if (text.starts_with(':')) return false;  // RFC 9110 §4.2.1: a host is never empty beside a port
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ':') return is_port(text.substr(i + 1));
    if (text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2]))
      i += 2;
    else if (!in(kHostBytes, text[i]))
      return false;
  }
  return true;
}

// Most hosts are up to 32 letters, digits, hyphens and dots, then maybe a port: one or two comparisons say so. The
// sixteen bytes that end with the value are all of the head: a request line and "Host:" stand before it.
bool is_plain_host([[maybe_unused]] std::string_view text) noexcept {
#ifdef HOTLAP_SSE2
  if (text.empty() || text.size() > 32 || text.front() == ':') return false;
  if (text.size() > 16) {
    const __m128i first = sse2::load(text.data());
    const __m128i numbers_and_marks = _mm_or_si128(sse2::in_range(first, '0', 9), sse2::in_range(first, '-', 1));
    if (sse2::bits(_mm_or_si128(sse2::letters(first), numbers_and_marks)) != 0xffffU) return false;
    text = text.substr(text.size() - 16);
  }
  const __m128i bytes = sse2::load(text.data() + text.size() - 16);
  const auto above = static_cast<unsigned>(16 - text.size());  // bytes of what stands before it
  const unsigned digits = sse2::bits(sse2::in_range(bytes, '0', 9)) >> above;
  const unsigned plain =
      digits | sse2::bits(_mm_or_si128(sse2::letters(bytes), sse2::in_range(bytes, '-', 1))) >> above;  // - and .
  const unsigned wanted = 0xffffU >> above;
  if (plain == wanted) return true;
  // One byte is not plain: a colon, with nothing but digits behind it.
  const unsigned other = plain ^ wanted;
  const auto colon = std::countr_zero(other);
  return text[static_cast<std::size_t>(colon)] == ':' &&
         (digits | ((2U << colon) - 1)) == (wanted | ((2U << colon) - 1));
#else
  return false;
#endif
}

// "http://host:port/path?query" taken apart; no authority when it is not an absolute form of HTTP.
struct AbsoluteForm {
  std::string_view authority;
  std::string_view rest;  // path and query, as they stand: may be empty or begin with '?'
};

AbsoluteForm absolute_form(std::string_view target) noexcept {
  const auto colon = target.find("://");
  if (colon == std::string_view::npos) return {};
  const auto scheme = target.substr(0, colon);
  if (!equals_ignoring_case(scheme, "http") && !equals_ignoring_case(scheme, "https")) return {};
  target.remove_prefix(colon + 3);
  const auto end = std::min(target.find_first_of("/?"), target.size());
  return {target.substr(0, end), target.substr(end)};
}

// RFC 9112 §3.2 of what is neither GET nor begins with '/'.
[[gnu::cold]] Parsed check_target(std::string_view method, std::string_view target, Refusal& refusal) noexcept {
  if (method == "CONNECT") return refuse(refusal, "CONNECT asks for a tunnel, and this is not a proxy", 501);
  if (target.front() == '/') return Parsed::done;
  if (target == "*") {
    if (method == "OPTIONS") return Parsed::done;
    return refuse(refusal, "the target * is for OPTIONS only");
  }
  const auto authority = absolute_form(target).authority;
  if (authority.empty())
    return refuse(refusal, "the target is neither a path that begins with / nor an http:// or https:// address");
  if (!is_host(authority)) return refuse(refusal, "the address in the target is not host or host:port");
  return Parsed::done;
}

// From the version to the end of the request line, when it is not "HTTP/1.1" CR LF or not yet there.
[[gnu::cold]] Parsed read_version(const char*& at, const char* end, Progress& p, Refusal& refusal) noexcept {
  const char* const version = at;
  at = end_of<Value>(at, end);
  if (at == end) return needs_more_of(Progress::Run::value, p);
  if (*at != '\r') return refuse(refusal, "the request line does not end in CR LF, or holds a control byte");
  if (at + 1 == end) return Parsed::need_more;
  if (at[1] != '\n') return refuse(refusal, "the request line does not end in CR LF, or holds a control byte");
  const auto text = between(version, at);
  if (text.size() != 8 || text.substr(0, 5) != "HTTP/" || !is_digit(text[5]) || text[6] != '.' || !is_digit(text[7]))
    return refuse(refusal, "the request line is not METHOD TARGET HTTP/1.1 with one blank between them");
  if (text[5] != '1') return refuse(refusal, "only HTTP/1.1 and HTTP/1.0 are spoken here", 505);
  p.minor_version = text[7] == '0' ? 0 : 1;  // RFC 9110 §2.5: a higher minor version is read as the highest known
  at += 2;
  return Parsed::done;
}

[[gnu::cold]] Parsed bad_method(const char* method, const char* at, Refusal& refusal) noexcept {
  if (at == method && *at == ' ') return refuse(refusal, "the request line begins with a blank");
  return refuse(refusal, "the method holds a byte that is not allowed there, or no blank follows it");
}

[[gnu::cold]] Parsed bad_target(const char* target, const char* at, Refusal& refusal) noexcept {
  if (at == target)
    return refuse(refusal, "the request line is not METHOD TARGET HTTP/1.1 with one blank between them");
  if (*at == '#') return refuse(refusal, "the target holds a #, which is never sent");
  if (*at == '\r' || *at == '\n')
    return refuse(refusal, "the request line has no version: HTTP/0.9 is not spoken here");
  return refuse(refusal, "the target holds a control byte");
}

[[gnu::cold]] Parsed bad_name(const char* line, const char* at, Refusal& refusal) noexcept {
  if (at == line && (*at == ' ' || *at == '\t'))
    return refuse(refusal, "a field line begins with a blank: folding is obsolete");
  if (*at == ' ' || *at == '\t') return refuse(refusal, "there is a blank between a field's name and its colon");
  if (*at == '\n') return refuse(refusal, "a line of the head ends in a bare LF");
  if (*at == '\r') return refuse(refusal, "a field line has no colon");
  if (*at == ':') return refuse(refusal, "a field has no name");
  return refuse(refusal, "a field's name holds a byte that is not allowed there");
}

[[gnu::cold]] Parsed bad_value(const char* at, Refusal& refusal) noexcept {
  if (*at == '\n') return refuse(refusal, "a line of the head ends in a bare LF");
  return refuse(refusal, *at == '\r' ? "a field's value holds a bare CR" : "a field's value holds a control byte");
}

Parsed note_transfer_encoding(std::string_view value, Progress& p, Refusal& refusal) noexcept {
  bool empty = false;
  bool after_chunked = false;
  p.has_transfer_encoding = true;
  for_each_in_list(value, [&](std::string_view coding) {
    empty |= coding.empty();
    after_chunked |= p.chunked;
    p.chunked = equals_ignoring_case(coding, "chunked");
    p.other_coding |= !p.chunked;
  });
  if (empty) return refuse(refusal, "Transfer-Encoding names no coding, or one is empty");
  if (after_chunked) return refuse(refusal, "a transfer coding is applied after chunked");
  return Parsed::done;
}

[[gnu::always_inline]] inline Parsed note_host(std::string_view value, Progress& p, Refusal& refusal) noexcept {
  if (p.has_host) return refuse(refusal, "there are two Host fields");
  p.has_host = true;
  if (value.starts_with(' ') && is_plain_host(value.substr(1))) [[likely]]
    return Parsed::done;
  if (!is_host(trimmed(value))) return refuse(refusal, "the Host field is not host or host:port");
  return Parsed::done;
}

// The other fields that a server has to understand; names are told apart by their length and first letters.
Parsed note(const char* name, std::size_t size, std::string_view value, Progress& p, Refusal& refusal) noexcept {
  const auto named = [&](std::string_view known) { return equals_ignoring_case({name, size}, known); };
  switch (size) {
    case 6:
      if (!named("expect")) break;
      if (!equals_ignoring_case(trimmed(value), "100-continue"))
        return refuse(refusal, "the only expectation met here is 100-continue", 417);
      p.expects_continue = p.minor_version >= 1;
      break;
    case 10: {
      if (!named("connection")) break;
      value = trimmed(value);
      if (value == "keep-alive") {
        p.keep_alive = true;
        break;
      }
      for_each_in_list(value, [&](std::string_view option) {
        p.close |= equals_ignoring_case(option, "close");
        p.keep_alive |= equals_ignoring_case(option, "keep-alive");
      });
      break;
    }
    case 14: {
      if (!named("content-length")) break;
      if (p.has_content_length) return refuse(refusal, "there are two Content-Length fields");
      const auto length = decimal(trimmed(value));
      if (!length) return refuse(refusal, "Content-Length is not one whole number");
      p.has_content_length = true;
      p.content_length = *length;
      break;
    }
    case 17:
      if (!named("transfer-encoding")) break;
      return note_transfer_encoding(value, p, refusal);
    default:
      break;
  }
  return Parsed::done;
}

constexpr unsigned kLengthsOfInterest = 1U << 6 | 1U << 10 | 1U << 14 | 1U << 17;

// One request line, or one more piece of it; leaves the method and the target in `p`.
[[gnu::always_inline]] inline Parsed read_request_line(const char* begin, const char*& at, const char* end, Progress& p,
                                                       Refusal& refusal) noexcept {
  while (at != end && *at == '\r') [[unlikely]] {
    if (at + 1 == end) return Parsed::need_more;
    if (at[1] != '\n') return refuse(refusal, "a bare CR stands before the request");
    if (at - begin == 2 * kMostBlankLines) return refuse(refusal, "there are too many blank lines before the request");
    at += 2;
    p.at = offset(begin, at);
  }
  const char* const method = at;
  bool usual = true;
  if (end - at >= 4 && std::memcmp(at, "GET ", 4) == 0) {
    at += 3;
  } else {
    usual = false;
    at = end_of<Token>(at, end);
    if (at == end) return needs_more_of(Progress::Run::token, p);
    if (*at != ' ' || at == method) return bad_method(method, at, refusal);
  }
  p.method = offset(begin, method);
  p.method_end = offset(begin, at);
  const char* const target = ++at;
  at = end_of<Target>(at, end);
  if (at == end) return needs_more_of(Progress::Run::target, p);
  if (*at != ' ' || at == target) return bad_target(target, at, refusal);
  p.target_end = offset(begin, at);
  ++at;
  if (end - at >= 10 && std::memcmp(at, "HTTP/1.1\r\n", 10) == 0) [[likely]] {
    at += 10;
    p.minor_version = 1;
  } else if (const auto version = read_version(at, end, p, refusal); version != Parsed::done) {
    return version;
  }
  if (!usual || *target != '/') {
    const auto checked = check_target(between(method, target - 1), between(target, begin + p.target_end), refusal);
    if (checked != Parsed::done) return checked;
  }
  p.fields_begin = offset(begin, at);
  return Parsed::done;
}

[[gnu::always_inline]] inline Parsed read_head(const char* const begin, const char* const end, Progress& p,
                                               Refusal& refusal) noexcept {
  const char* at = begin + p.at;
  if (p.fields_begin == 0)
    if (const auto line = read_request_line(begin, at, end, p, refusal); line != Parsed::done) return line;
  const char* line = at;
  int fields = p.fields;  // in registers: what `note` may change is in memory
  const auto leave = [&](Parsed how) {
    p.at = offset(begin, line);
    p.fields = fields;
    return how;
  };
  while (at != end) {
    line = at;
    if (*at == '\r') {
      if (at + 1 == end) return leave(Parsed::need_more);
      if (at[1] != '\n') return leave(refuse(refusal, "a bare CR stands before a field"));
      line += 2;
      return leave(Parsed::done);
    }
    at = end_of<Token>(at, end);
    if (at == end) return leave(needs_more_of(Progress::Run::token, p));
    if (*at != ':' || at == line) return leave(bad_name(line, at, refusal));
    const auto name_size = static_cast<std::size_t>(at - line);
    const char* const value = ++at;
    at = end_of<Value>(at, end);
    if (end - at < 2) {
      if (at == end) return leave(needs_more_of(Progress::Run::value, p));
      if (*at == '\r') return leave(Parsed::need_more);
      return leave(bad_value(at, refusal));
    }
    if (at[0] != '\r' || at[1] != '\n') return leave(bad_value(at, refusal));
    if (++fields > kMaxFields) return leave(refuse(refusal, "there are more than 100 fields", 431));
    if (name_size == 4) {
      if (first_four_lowered(line) == first_four_lowered("host"))
        if (const auto noted = note_host(between(value, at), p, refusal); noted != Parsed::done) return leave(noted);
    } else if (name_size <= 17 && (kLengthsOfInterest >> name_size & 1U) != 0) {
      if (const auto noted = note(line, name_size, between(value, at), p, refusal); noted != Parsed::done)
        return leave(noted);
    }
    at += 2;
  }
  line = at;
  return leave(Parsed::need_more);
}

[[gnu::cold]] Parsed check_transfer_encoding(const Progress& p, Refusal& refusal) noexcept {
  if (p.has_content_length) return refuse(refusal, "both Content-Length and Transfer-Encoding are given");
  if (p.minor_version == 0) return refuse(refusal, "HTTP/1.0 has no Transfer-Encoding");
  if (!p.chunked) return refuse(refusal, "the last transfer coding is not chunked");
  if (p.other_coding) return refuse(refusal, "the only transfer coding spoken here is chunked", 501);
  return Parsed::done;
}

// What only the whole head can tell: RFC 9112 §3.2 and §6.3.
[[gnu::always_inline]] inline Parsed check_whole(const Progress& p, Refusal& refusal) noexcept {
  if (!p.has_host && p.minor_version >= 1) return refuse(refusal, "there is no Host field");
  if (p.has_transfer_encoding) return check_transfer_encoding(p, refusal);
  return Parsed::done;
}

[[gnu::always_inline]] inline RequestHead parse(std::string_view bytes, std::size_t most_bytes, Progress& p) noexcept {
  Refusal refusal;
  const char* const begin = bytes.data();
  const char* const end = begin + std::min(bytes.size(), most_bytes);
  RequestHead head;
  head.parsed = read_head(begin, end, p, refusal);
  if (head.parsed == Parsed::done) [[likely]]
    head.parsed = check_whole(p, refusal);
  else if (head.parsed == Parsed::need_more && bytes.size() >= most_bytes)
    head.parsed = p.fields_begin == 0 ? refuse(refusal, "the request line is longer than this server takes", 414)
                                      : refuse(refusal, "the head is longer than this server takes", 431);
  if (head.parsed == Parsed::need_more) return head;
  head.bytes = p.at;
  head.method = between(begin + p.method, begin + p.method_end);
  if (head.parsed == Parsed::bad) [[unlikely]] {
    head.why = refusal.why;
    head.reject_status = refusal.status;
    return head;
  }
  head.target = between(begin + p.method_end + 1, begin + p.target_end);
  head.minor_version = p.minor_version;
  head.keep_alive = !p.close && (p.minor_version >= 1 || p.keep_alive);
  head.chunked = p.chunked;
  head.expects_continue = p.expects_continue;
  head.content_length = p.content_length;
  head.field_lines = between(begin + p.fields_begin, begin + p.at - 2);
  return head;
}

}  // namespace

RequestHead parse_request_head(std::string_view bytes, std::size_t most_bytes) noexcept {
  Progress progress;
  return parse(bytes, most_bytes, progress);
}

RequestHead RequestHeadParser::parse(std::string_view bytes, std::size_t most_bytes) noexcept {
  const char* const begin = bytes.data();
  const char* const end = begin + std::min(bytes.size(), most_bytes);
  const auto goes_on = [&] {  // the run that was under way, to the last byte: that tells nothing yet
    const char* const from = begin + progress_.looked;
    switch (progress_.run) {
      case Progress::Run::token:
        return end_of<Token>(from, end) == end;
      case Progress::Run::target:
        return end_of<Target>(from, end) == end;
      case Progress::Run::value:
        return end_of<Value>(from, end) == end;
      case Progress::Run::none:
        break;
    }
    return false;
  };
  const bool told_nothing = bytes.size() < most_bytes && goes_on();
  progress_.looked = offset(begin, end);
  if (told_nothing) return {};
  progress_.run = Progress::Run::none;
  return http1::parse(bytes, most_bytes, progress_);
}

std::string_view RequestHead::path() const noexcept {
  if (target.empty()) return target;
  auto rest = target.front() == '/' || target == "*" ? target : absolute_form(target).rest;
  rest = rest.substr(0, rest.find('?'));
  return rest.empty() ? std::string_view("/") : rest;
}

std::string_view RequestHead::query() const noexcept {
  const auto mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
}

std::string_view RequestHead::host() const noexcept {
  if (const auto authority = absolute_form(target.starts_with('/') ? std::string_view{} : target).authority;
      !authority.empty())
    return authority;
  return field("host").value_or(std::string_view{});
}

std::optional<std::string_view> RequestHead::field(std::string_view name) const noexcept {
  auto lines = field_lines;  // well formed: the parser saw to it
  while (!lines.empty()) {
    const auto line = lines.substr(0, lines.find('\r'));
    const auto colon = line.find(':');
    if (equals_ignoring_case(line.substr(0, colon), name)) return trimmed(line.substr(colon + 1));
    lines.remove_prefix(line.size() + 2);
  }
  return std::nullopt;
}

bool is_known_method(std::string_view method) noexcept {
  for (const std::string_view known : {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT"})
    if (method == known) return true;
  return false;
}

}  // namespace hotlap::http1
