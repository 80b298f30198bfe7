#include "harness/conformance/answer.h"

#include <fmt/core.h>

namespace hotlap::harness {
namespace {

std::unexpected<Error> refuse(std::string message) {
  return fail(std::move(message), ExitCode::invalid_run);
}

struct Body {
  std::string text;
  std::size_t bytes = 0;  // with its framing
};

// The body after a head, as far as it is there.
Result<std::optional<Body>> parse_body(const http1::ResponseHead& head, std::string_view rest, bool ended) {
  using Found = std::optional<Body>;
  switch (head.framing) {
    case http1::Framing::none:
      return Found(Body{});
    case http1::Framing::content_length:
      if (rest.size() >= head.content_length)
        return Found(Body{std::string(rest.substr(0, head.content_length)), head.content_length});
      if (ended)
        return refuse(fmt::format("the connection ended after {} of {} body bytes", rest.size(), head.content_length));
      return Found();
    case http1::Framing::until_close:
      return ended ? Found(Body{std::string(rest), rest.size()}) : Found();
    case http1::Framing::chunked:
      break;
  }
  http1::ChunkedReader reader;
  Body body;
  while (!rest.empty()) {
    const auto step = reader.step(rest);
    if (step.parsed == http1::Parsed::bad) return refuse("the chunked body is malformed");
    body.text += step.data;
    body.bytes += step.used;
    rest.remove_prefix(step.used);
    if (step.parsed == http1::Parsed::done) return Found(std::move(body));
    if (step.used == 0) break;
  }
  if (ended) return refuse("the connection ended within a chunked body");
  return Found();
}

// The value of the first field of this name in a head that has been parsed.
std::string field(std::string_view head, std::string_view name) {
  while (true) {
    const auto line_end = head.find("\r\n");
    if (line_end == std::string_view::npos) return {};
    head.remove_prefix(line_end + 2);
    const auto line = head.substr(0, head.find("\r\n"));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !http1::equals_ignoring_case(line.substr(0, colon), name)) continue;
    auto value = line.substr(colon + 1);
    const auto first = value.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return std::string(value.substr(first, value.find_last_not_of(" \t") - first + 1));
  }
}

}  // namespace

Result<std::optional<ReceivedAnswer>> next_answer(std::string_view bytes, bool ended, bool to_head_request) {
  const auto all = bytes.size();
  while (true) {
    const auto head = http1::parse_response_head(bytes, to_head_request);
    if (head.parsed == http1::Parsed::bad)
      return refuse(fmt::format("the answer is not HTTP/1.1: {}", head.why ? head.why : "?"));
    if (head.parsed == http1::Parsed::need_more) {
      if (ended)
        return refuse(fmt::format("the connection ended within the answer's head, after {} bytes", bytes.size()));
      return std::nullopt;
    }
    const auto text = bytes.substr(0, head.bytes);
    bytes.remove_prefix(head.bytes);
    if (head.status < 200) continue;
    auto body = parse_body(head, bytes, ended);
    if (!body) return std::unexpected(body.error());
    if (!*body) return std::nullopt;
    return ReceivedAnswer{.status = head.status,
                          .minor_version = head.minor_version,
                          .keep_alive = head.keep_alive,
                          .framing = head.framing,
                          .content_length = field(text, "Content-Length"),
                          .date = field(text, "Date"),
                          .body = std::move((*body)->text),
                          .bytes = all - bytes.size() + (*body)->bytes};
  }
}

}  // namespace hotlap::harness
