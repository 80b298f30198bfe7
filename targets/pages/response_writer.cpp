#include "targets/pages/response_writer.h"

#include <array>
#include <charconv>

namespace hotlap::targets {
namespace {

std::string_view status_line(int status) {
  switch (status) {
    case 200:
      return "HTTP/1.1 200 OK\r\n";
    case 204:
      return "HTTP/1.1 204 No Content\r\n";
    case 400:
      return "HTTP/1.1 400 Bad Request\r\n";
    case 404:
      return "HTTP/1.1 404 Not Found\r\n";
    case 405:
      return "HTTP/1.1 405 Method Not Allowed\r\n";
    case 501:
      return "HTTP/1.1 501 Not Implemented\r\n";
    case 503:
      return "HTTP/1.1 503 Service Unavailable\r\n";
    default:
      return "HTTP/1.1 500 Internal Server Error\r\n";
  }
}

}  // namespace

void append_response(std::string& out, const ResponseParts& parts) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), parts.body.size()).ptr;
  out += status_line(parts.status);
  if (parts.status != 204) {
    out += "Content-Length: ";
    out.append(digits.data(), end);
    out += "\r\nContent-Type: ";
    out += parts.content_type;
    out += "\r\n";
  }
  out += parts.server_fields;
  out += parts.fields;
  if (!parts.keep_alive)
    out += "Connection: close\r\n";
  else if (parts.old_client)
    out += "Connection: keep-alive\r\n";
  out += "\r\n";
  if (!parts.head_only && parts.status != 204) out += parts.body;
}

}  // namespace hotlap::targets
