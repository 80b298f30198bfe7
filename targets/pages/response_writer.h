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
  std::string_view fields;  // further header lines, each with its CR LF
  bool keep_alive = true;
  bool old_client = false;  // HTTP/1.0: only a field tells it that the connection stays open, RFC 9112 §9.3
  bool head_only = false;   // answer to HEAD: the fields of GET, no body
};

void append_response(std::string& out, const ResponseParts& parts);

}  // namespace hotlap::targets
