#include "base/http1.h"

#include <algorithm>
#include <array>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace hotlap::http1 {
namespace {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// RFC 9110 §5.6.2: what a method or a field name may be made of.
constexpr std::array<bool, 256> kTokenBytes = [] {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

// RFC 9110 §5.5: what a field value may be made of: visible bytes, blank, tab and bytes from 0x80 on.
constexpr std::array<bool, 256> kValueBytes = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0x20; c < 256; ++c) table[c] = c != 0x7f;
  table['\t'] = true;
  return table;
}();

// A request target: visible bytes, and bytes from 0x80 on as servers meet them.
constexpr std::array<bool, 256> kTargetBytes = [] {
  std::array<bool, 256> table = kValueBytes;
  table[' '] = table['\t'] = false;
  return table;
}();

const char* skip(const std::array<bool, 256>& allowed, const char* at, const char* end) noexcept {
#ifdef __SSE2__
  // Sixteen bytes at a time up to the first control byte or blank; the table decides about that one.
  if (&allowed != &kTokenBytes) {
    const __m128i first_plain = _mm_set1_epi8(0x21);
    const __m128i del = _mm_set1_epi8(0x7f);
    while (end - at >= 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
      const __m128i plain = _mm_cmpeq_epi8(_mm_max_epu8(bytes, first_plain), bytes);
      const auto other =
          static_cast<unsigned>(_mm_movemask_epi8(_mm_andnot_si128(_mm_cmpeq_epi8(bytes, del), plain))) ^ 0xffffU;
      if (other == 0) {
        at += 16;
        continue;
      }
      at += __builtin_ctz(other);
      if (!allowed[static_cast<unsigned char>(*at)]) return at;
      ++at;
    }
  }
#endif
  while (at != end && allowed[static_cast<unsigned char>(*at)]) ++at;
  return at;
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Whole decimal number without sign, at most 18 digits, so that it cannot overflow.
std::optional<std::uint64_t> decimal(std::string_view text) noexcept {
  if (text.empty() || text.size() > 18) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

// Does a comma-separated list hold this word, compared without case?
bool list_holds(std::string_view list, std::string_view word) noexcept {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (equals_ignoring_case(trimmed(list.substr(0, comma)), word)) return true;
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  return false;
}

// What both kinds of head learn from their fields.
struct FramingFields {
  std::optional<std::uint64_t> content_length;
  bool chunked = false;       // the last transfer coding is chunked
  bool other_coding = false;  // a transfer coding that we do not speak
  bool transfer_encoding = false;
  bool close = false;
  bool keep_alive = false;
};

// False, with the reason, when the field makes no sense.
bool note_framing(const Field& field, FramingFields& framing, const char*& why) noexcept {
  switch (field.name.size()) {  // most names are told apart by their length alone
    case 14:
      if (!equals_ignoring_case(field.name, "content-length")) return true;
      if (const auto length = decimal(field.value)) {
        if (framing.content_length && *framing.content_length != *length) {
          why = "two Content-Length fields differ";
          return false;
        }
        framing.content_length = length;
        return true;
      }
      why = "Content-Length is not a whole number";
      return false;
    case 17:
      if (!equals_ignoring_case(field.name, "transfer-encoding")) return true;
      framing.transfer_encoding = true;
      framing.chunked = equals_ignoring_case(trimmed(field.value.substr(field.value.rfind(',') + 1)), "chunked");
      framing.other_coding |= !equals_ignoring_case(field.value, "chunked");
      return true;
    case 10:
      if (!equals_ignoring_case(field.name, "connection")) return true;
      framing.close |= list_holds(field.value, "close");
      framing.keep_alive |= list_holds(field.value, "keep-alive");
      return true;
    default:
      return true;
  }
}

// Reads field lines up to the blank line, byte by byte and each byte once: heads are short, and this is the hot loop of
// every server and of the load generator. `why` is set when the head is bad; `at` is left at the offence then.
template <class OnField>
Parsed read_fields(const char*& at, const char* end, FramingFields& framing, const char*& why,
                   OnField on_field) noexcept {
  const auto bad = [&](const char* reason) {
    why = reason;
    return Parsed::bad;
  };
  while (true) {
    if (at == end) return Parsed::need_more;
    if (*at == '\r') {
      if (at + 1 == end) return Parsed::need_more;
      if (at[1] != '\n') return bad("a line of the head does not end in CR LF");
      at += 2;
      return Parsed::done;
    }
    const char* name = at;
    at = skip(kTokenBytes, at, end);
    if (at == end) return Parsed::need_more;
    if (*at == '\n') return bad("a line of the head does not end in CR LF");
    if (at == name && (*at == ' ' || *at == '\t')) return bad("a field line is folded");
    if (*at == '\r') return bad("a field line has no colon");
    if (*at != ':' || at == name) return bad("a field name holds a byte that is not allowed there");
    const std::string_view field_name(name, static_cast<std::size_t>(at - name));
    const char* value = ++at;
    at = skip(kValueBytes, at, end);
    if (at == end) return Parsed::need_more;
    if (*at == '\n') return bad("a line of the head does not end in CR LF");
    if (*at != '\r') return bad("a field value holds a control byte");
    if (at + 1 == end) return Parsed::need_more;
    if (at[1] != '\n') return bad("a field value holds a control byte");
    const Field field{field_name, trimmed(std::string_view(value, static_cast<std::size_t>(at - value)))};
    at += 2;
    if (!note_framing(field, framing, why)) return Parsed::bad;
    if (!on_field(field)) return bad("there are too many fields");
  }
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

ResponseHead parse_response_head(std::string_view bytes, bool to_head_request) noexcept {
  ResponseHead head;
  const auto bad = [&](const char* why, std::size_t offset) {
    head.parsed = Parsed::bad;
    head.why = why;
    head.bytes = offset;
    return head;
  };
  constexpr std::string_view kVersion = "HTTP/1.";
  if (bytes.substr(0, kVersion.size()) != kVersion.substr(0, std::min(bytes.size(), kVersion.size())))
    return bad("the status line does not begin with HTTP/1.", 0);
  const char* const end = bytes.data() + bytes.size();
  const char* at = skip(kValueBytes, bytes.data(), end);  // "HTTP/1.1 200 OK", to its CR
  const std::string_view line(bytes.data(), static_cast<std::size_t>(at - bytes.data()));
  const auto too_long = [&] { return bytes.size() > kMaxHeadBytes ? bad("the head is longer than 64 KiB", 0) : head; };
  if (end - at < 2) return too_long();
  const auto digit = [&](std::size_t place) { return line[place] >= '0' && line[place] <= '9'; };
  if (at[0] != '\r' || at[1] != '\n' || line.size() < 12 || !digit(7) || line[8] != ' ' || !digit(9) || !digit(10) ||
      !digit(11) || (line.size() > 12 && line[12] != ' '))
    return bad("the status line is not HTTP/1.x, a blank and three digits", 0);
  head.minor_version = line[7] - '0';
  head.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  if (head.status < 100 || head.status > 599) return bad("the status is not 100 to 599", 9);
  if (head.status == 101) return bad("the status is 101, but no other protocol is spoken here", 9);
  at += 2;

  FramingFields framing;
  head.parsed = read_fields(at, end, framing, head.why, [](const Field&) { return true; });
  head.bytes = static_cast<std::size_t>(at - bytes.data());
  if (head.parsed == Parsed::need_more) return too_long();
  if (head.parsed != Parsed::done) return head;
  if (head.bytes > kMaxHeadBytes) return too_long();  // also when it came in one piece

  head.keep_alive = !framing.close && (head.minor_version >= 1 || framing.keep_alive);
  if (to_head_request || head.status < 200 || head.status == 204 || head.status == 304) {
    head.framing = Framing::none;
  } else if (framing.transfer_encoding) {
    if (framing.content_length) return bad("both Content-Length and Transfer-Encoding are given", 0);
    head.framing = framing.chunked ? Framing::chunked : Framing::until_close;
  } else if (framing.content_length) {
    head.framing = Framing::content_length;
    head.content_length = *framing.content_length;
  } else {
    head.framing = Framing::until_close;
  }
  if (head.framing == Framing::until_close) head.keep_alive = false;
  return head;
}

std::optional<std::string_view> RequestHead::field(std::string_view name) const noexcept {
  auto lines = field_lines;  // well formed: parse_request_head saw to it
  while (!lines.empty()) {
    const auto line = lines.substr(0, lines.find('\r'));
    const auto colon = line.find(':');
    if (equals_ignoring_case(line.substr(0, colon), name)) return trimmed(line.substr(colon + 1));
    lines.remove_prefix(line.size() + 2);
  }
  return std::nullopt;
}

RequestHead parse_request_head(std::string_view bytes, std::size_t most_bytes) noexcept {
  const bool at_limit = bytes.size() >= most_bytes;
  bytes = bytes.substr(0, most_bytes);
  RequestHead head;
  const auto bad = [&](const char* why, int status) {
    head.parsed = Parsed::bad;
    head.why = why;
    head.reject_status = status;
    return head;
  };
  const char* const end = bytes.data() + bytes.size();
  const char* at = bytes.data();
  while (end - at >= 2 && at[0] == '\r' && at[1] == '\n') at += 2;  // RFC 9112 §2.2: blank lines before a request
  const auto too_long = [&](const char* why, int status) { return at_limit ? bad(why, status) : head; };

  const char* start = at;
  at = skip(kTokenBytes, at, end);
  if (at == end || (*at == '\r' && at == start)) return too_long("the request line is too long", 414);
  if (*at != ' ' || at == start) return bad("the method holds a byte that is not allowed there", 400);
  head.method = {start, static_cast<std::size_t>(at - start)};
  start = ++at;
  at = skip(kTargetBytes, at, end);
  if (at == end) return too_long("the request line is too long", 414);
  if (*at != ' ' || at == start) return bad("the request line is not METHOD TARGET VERSION", 400);
  head.target = {start, static_cast<std::size_t>(at - start)};
  start = ++at;
  at = skip(kValueBytes, at, end);
  if (end - at < 2) return too_long("the request line is too long", 414);
  const std::string_view version(start, static_cast<std::size_t>(at - start));
  if (at[0] != '\r' || at[1] != '\n') return bad("the request line does not end in CR LF", 400);
  if (version.size() != 8 || std::memcmp(start, "HTTP/", 5) != 0) return bad("the version is not HTTP/1.x", 400);
  if (std::memcmp(start + 5, "1.", 2) != 0) return bad("only HTTP/1.x is spoken here", 505);
  head.minor_version = version[7] - '0';
  if (head.minor_version < 0 || head.minor_version > 9) return bad("the version is not HTTP/1.x", 400);
  at += 2;

  FramingFields framing;
  int hosts = 0;
  int fields = 0;
  start = at;
  head.parsed = read_fields(at, end, framing, head.why, [&](const Field& field) {
    hosts += field.name.size() == 4 && equals_ignoring_case(field.name, "host") ? 1 : 0;
    if (field.name.size() == 6 && equals_ignoring_case(field.name, "expect"))
      head.expects_continue |= head.minor_version >= 1 && equals_ignoring_case(field.value, "100-continue");
    return ++fields <= kMaxFields;
  });
  head.bytes = static_cast<std::size_t>(at - bytes.data());
  if (head.parsed == Parsed::bad) head.reject_status = fields > kMaxFields ? 431 : 400;
  if (head.parsed == Parsed::need_more) return too_long("the head is longer than this server takes", 431);
  if (head.parsed != Parsed::done) return head;
  head.field_lines = {start, static_cast<std::size_t>(at - start) - 2};

  if (hosts > 1 || (hosts == 0 && head.minor_version >= 1)) return bad("there is not exactly one Host field", 400);
  if (framing.transfer_encoding) {
    if (framing.content_length) return bad("both Content-Length and Transfer-Encoding are given", 400);
    if (!framing.chunked) return bad("the last transfer coding is not chunked", 400);
    if (framing.other_coding) return bad("a transfer coding other than chunked is not spoken here", 501);
    head.chunked = true;
  }
  head.content_length = framing.content_length.value_or(0);
  head.keep_alive = !framing.close && (head.minor_version >= 1 || framing.keep_alive);
  return head;
}

ChunkedReader::Step ChunkedReader::step(std::string_view bytes) noexcept {
  Step step;
  const auto bad = [&] {
    step.parsed = Parsed::bad;
    return step;
  };
  while (step.used < bytes.size()) {
    const char c = bytes[step.used];
    switch (state_) {
      case State::size_start:
        left_ = 0;
        digits_ = 0;
        state_ = State::size;
        [[fallthrough]];
      case State::size: {
        const char low = lower(c);
        const int digit = c >= '0' && c <= '9' ? c - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
        if (digit >= 0) {
          if (++digits_ > 15) return bad();
          left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
        } else {
          if (digits_ == 0) return bad();
          if (c == ';' || c == ' ' || c == '\t')
            state_ = State::extension;
          else if (c == '\r')
            state_ = State::size_lf;
          else
            return bad();
        }
        ++step.used;
        break;
      }
      case State::extension:
        if (c == '\r')
          state_ = State::size_lf;
        else if (!kValueBytes[static_cast<unsigned char>(c)])
          return bad();
        ++step.used;
        break;
      case State::size_lf:
        if (c != '\n') return bad();
        state_ = left_ > 0 ? State::data : State::trailer_start;
        ++step.used;
        break;
      case State::data: {
        const auto taken = std::min<std::uint64_t>(left_, bytes.size() - step.used);
        step.data = bytes.substr(step.used, taken);
        step.used += taken;
        left_ -= taken;
        if (left_ == 0) state_ = State::data_cr;
        return step;
      }
      case State::data_cr:
        if (c != '\r') return bad();
        state_ = State::data_lf;
        ++step.used;
        break;
      case State::data_lf:
        if (c != '\n') return bad();
        state_ = State::size_start;
        ++step.used;
        break;
      case State::trailer_start:
        if (c != '\r' && !kTokenBytes[static_cast<unsigned char>(c)]) return bad();
        state_ = c == '\r' ? State::end_lf : State::trailer_name;
        ++step.used;
        break;
      case State::trailer_name:  // else the next response's status line would pass for a trailer
        if (c == ':')
          state_ = State::trailer;
        else if (!kTokenBytes[static_cast<unsigned char>(c)])
          return bad();
        ++step.used;
        break;
      case State::trailer:
        if (c == '\r')
          state_ = State::trailer_lf;
        else if (!kValueBytes[static_cast<unsigned char>(c)])
          return bad();
        ++step.used;
        break;
      case State::trailer_lf:
        if (c != '\n') return bad();
        state_ = State::trailer_start;
        ++step.used;
        break;
      case State::end_lf:
        if (c != '\n') return bad();
        ++step.used;
        state_ = State::size_start;
        step.parsed = Parsed::done;
        return step;
    }
  }
  return step;
}

}  // namespace hotlap::http1
