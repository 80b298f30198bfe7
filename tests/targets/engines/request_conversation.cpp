#include "tests/targets/engines/request_conversation.h"

#include <algorithm>
#include <memory>

namespace hotlap::targets {
namespace {

std::string described(const RequestReader::Next& next) {
  std::string text(next.head.method);
  text += " ";
  text += next.head.target;
  text += "[";
  text += next.body;
  text += "]";
  if (next.head.minor_version == 0) text += "/1.0";
  if (!next.head.keep_alive) text += " close";
  return text + "; ";
}

}  // namespace

std::string request_conversation(std::string_view bytes, const std::function<std::size_t(std::size_t left)>& cut,
                                 const RequestLimits& limits) {
  LastHead last;
  RequestReader reader(limits, &last);
  std::string found;
  bool continued = false;  // since the last request
  while (!bytes.empty()) {
    const std::size_t size = cut(bytes.size());
    const auto read = std::make_unique_for_overwrite<char[]>(size);
    std::ranges::copy(bytes.substr(0, size), read.get());
    bytes.remove_prefix(size);
    std::string_view input(read.get(), size);
    while (true) {
      const std::size_t before = input.size();
      const auto next = reader.next(input);
      if (input.size() > before) return "(broken) more input than there was";
      if (reader.kept_bytes() > limits.head_bytes + limits.body_bytes)
        return "(broken) more is kept than the limits say";
      if (next.kind == RequestReader::Kind::need_more) {
        if (!input.empty()) return "(broken) needs more, but has not taken its input";
        break;
      }
      if (next.kind == RequestReader::Kind::expects_continue) {
        if (continued || reader.stage() != RequestReader::Stage::body || !input.empty())
          return "(broken) 100 Continue twice, or not before the body";
        continued = true;
        continue;
      }
      if (next.kind == RequestReader::Kind::bad) {
        if (next.head.why == nullptr) return "(broken) bad without a reason";
        return found + "bad " + std::to_string(next.head.reject_status);
      }
      if (before == 0) return "(broken) a request out of nothing";
      if (next.body.size() > limits.body_bytes || next.head.bytes > limits.head_bytes)
        return "(broken) a request beyond the limits";
      if (!reader.idle()) return "(broken) a whole request, but not idle";
      continued = false;
      found += described(next);
      if (!next.head.keep_alive) return found + "idle";  // a server reads no further
    }
  }
  switch (reader.stage()) {
    case RequestReader::Stage::idle:
      return found + "idle";
    case RequestReader::Stage::head:
      return found + "head";
    case RequestReader::Stage::body:
      return found + "body";
  }
  return "(broken) no stage";
}

}  // namespace hotlap::targets
