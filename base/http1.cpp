#include "base/http1.h"

#include <algorithm>

#include "base/http1_bytes.h"

namespace hotlap::http1 {
namespace {

// Does a comma-separated list hold this word, compared without case?
bool list_holds(std::string_view list, std::string_view word) noexcept {
  bool found = false;
  for_each_in_list(list, [&](std::string_view element) { found |= equals_ignoring_case(element, word); });
  return found;
}

// What a response's head says about its framing.
struct FramingFields {
  std::optional<std::uint64_t> content_length;
  bool chunked = false;  // the last transfer coding is chunked
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

// Reads field lines up to the blank line, each byte once: heads are short, and this is the hot loop of the load
// generator. `why` is set when the head is bad; `at` is left at the offence then.
Parsed read_fields(const char*& at, const char* end, FramingFields& framing, const char*& why) noexcept {
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
    at = end_of<Token>(at, end);
    if (at == end) return Parsed::need_more;
    if (*at == '\n') return bad("a line of the head does not end in CR LF");
    if (at == name && (*at == ' ' || *at == '\t')) return bad("a field line is folded");
    if (*at == '\r') return bad("a field line has no colon");
    if (*at != ':' || at == name) return bad("a field name holds a byte that is not allowed there");
    const std::string_view field_name(name, static_cast<std::size_t>(at - name));
    const char* value = ++at;
    at = end_of<Value>(at, end);
    if (at == end) return Parsed::need_more;
    if (*at == '\n') return bad("a line of the head does not end in CR LF");
    if (*at != '\r') return bad("a field value holds a control byte");
    if (at + 1 == end) return Parsed::need_more;
    if (at[1] != '\n') return bad("a field value holds a control byte");
    const Field field{field_name, trimmed(std::string_view(value, static_cast<std::size_t>(at - value)))};
    at += 2;
    if (!note_framing(field, framing, why)) return Parsed::bad;
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
  const char* at = end_of<Value>(bytes.data(), end);  // "HTTP/1.1 200 OK", to its CR
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
  head.parsed = read_fields(at, end, framing, head.why);
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

ChunkedReader::Step ChunkedReader::step(std::string_view bytes) noexcept {
  Step step;
  const auto bad = [&](int status = 400) {
    step.parsed = Parsed::bad;
    step.reject_status = status;
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
          if (left_ > limits_.body_bytes - body_) return bad(413);
          body_ += left_;
          if (c == ' ' || c == '\t')
            state_ = limits_.strict ? State::before_extension : State::extension;
          else if (c == ';')
            state_ = State::extension;
          else if (c == '\r')
            state_ = State::size_lf;
          else
            return bad();
        }
        ++step.used;
        break;
      }
      case State::before_extension:
        if (c == ';')
          state_ = State::extension;
        else if (c != ' ' && c != '\t')
          return bad();
        if (++extra_ > limits_.extra_bytes) return bad(413);
        ++step.used;
        break;
      case State::extension:
        if (c == '\r')
          state_ = State::size_lf;
        else if (!in(kValueBytes, c))
          return bad();
        else if (++extra_ > limits_.extra_bytes)
          return bad(413);
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
        if (c != '\r' && !in(kTokenBytes, c)) return bad();
        if (c != '\r' && ++extra_ > limits_.extra_bytes) return bad(431);
        state_ = c == '\r' ? State::end_lf : State::trailer_name;
        ++step.used;
        break;
      case State::trailer_name:  // else the next response's status line would pass for a trailer
        if (c == ':')
          state_ = State::trailer;
        else if (!in(kTokenBytes, c))
          return bad();
        if (++extra_ > limits_.extra_bytes) return bad(431);
        ++step.used;
        break;
      case State::trailer:
        if (c == '\r')
          state_ = State::trailer_lf;
        else if (!in(kValueBytes, c))
          return bad();
        if (++extra_ > limits_.extra_bytes) return bad(431);
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
