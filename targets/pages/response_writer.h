// Writes whole HTTP/1.1 responses. The fields and their order are those of Japronto's answers, so that sizes on the
// wire equal the published ones: status line, Content-Length, Content-Type, nothing else unless asked for.
#pragma once

#include <string>
#include <string_view>

namespace hotlap::targets {

struct ResponseParts {
  int status = 200;
  std::string_view content_type;
  std::string_view body;
  std::string_view fields;         // further header lines, each with its CR LF
  std::string_view server_fields;  // the same
  bool keep_alive = true;
  bool old_client = false;  // HTTP/1.0: only a field tells it that the connection stays open, RFC 9112 §9.3
  bool head_only = false;   // answer to HEAD: the fields of GET, no body
};

// 204 has neither a body nor fields that describe one (RFC 9110 §8.6, §15.3.5).
void append_response(std::string& out, const ResponseParts& parts);

}  // namespace hotlap::targets
