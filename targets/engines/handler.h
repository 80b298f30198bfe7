// What an engine knows of the site it serves: give a request, get the bytes of a response, now or later.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/http1.h"

namespace hotlap::targets {

class EventLoop;

// Offered by the engine to a handler that cannot answer at once: reserves this request's place in the connection's
// order of answers. The returned function takes the whole response, is called exactly once, on the same thread, and may
// be called after the client has gone.
class Deferral {
 public:
  using Done = std::move_only_function<void(std::string response)>;
  virtual ~Deferral() = default;
  [[nodiscard]] virtual Done defer() = 0;
};

// Whole: the body is what was sent, without chunking.
struct Request {
  const http1::RequestHead& head;
  std::string_view body;
};

// One per worker thread (per connection in the blocking engine); not thread-safe.
class Handler {
 public:
  virtual ~Handler() = default;
  // Appends the whole response to `out` and answers true; or takes a deferral and answers false. The request's views
  // are valid only during the call.
  virtual bool handle(const Request& request, std::string& out, Deferral& deferral) = 0;
};

// Makes a handler for the calling thread; `loop` is null in engines that block.
using HandlerFactory = std::function<std::unique_ptr<Handler>(EventLoop* loop)>;

}  // namespace hotlap::targets
