// What a worker asks for: the bytes of each next request, and what makes its response good. One per worker, used by its
// thread only. A constant source hands its one request over once; the worker then repeats it without asking again.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/units.h"
#include "loadgen/contract/load_spec.h"

namespace hotlap::loadgen {

// One of a source's different requests.
struct RequestKind {
  std::string name;
  load::Expectation expect;
  bool head = false;         // HEAD: its response has no body, whatever it says
  std::uint16_t number = 0;  // its index in kinds()
};

struct Request {
  std::string_view bytes;      // until the next call
  std::uint16_t kind = 0;      // index into kinds()
  std::uint32_t requests = 1;  // so many of this kind, back to back, are in `bytes`
};

class RequestSource {
 public:
  virtual ~RequestSource() = default;

  [[nodiscard]] virtual const std::vector<RequestKind>& kinds() const noexcept = 0;  // at least one
  // Not empty: every request is these bytes, of kind 0.
  [[nodiscard]] virtual std::string_view constant() const noexcept { return {}; }
  // At most batch() requests; no bytes and `requests` 0 when something went wrong: then wants_stop() holds.
  [[nodiscard]] virtual Request next(std::uint32_t connection) = 0;
  // next() is asked where there is room for this many.
  [[nodiscard]] virtual std::uint32_t batch() const noexcept { return 1; }

  // Then on_response() gets every response, with its head (status line and fields) and body.
  [[nodiscard]] virtual bool wants_responses() const noexcept { return false; }
  [[nodiscard]] virtual bool wants_bodies() const noexcept { return true; }  // else on_response() gets them empty
  virtual void on_response(std::uint32_t /*connection*/, std::uint16_t /*kind*/, int /*status*/,
                           std::string_view /*head*/, std::string_view /*body*/) {}
  virtual void on_reconnect(std::uint32_t /*connection*/) {}
  // How long this connection waits before its next request.
  [[nodiscard]] virtual Nanos delay(std::uint32_t /*connection*/) { return {}; }
  [[nodiscard]] virtual bool wants_stop() const noexcept { return false; }  // nothing more is to be sent
};

// The source of the spec's requests, for `worker` of `workers`: they share sequences and seeds so that no two send the
// same values. The spec outlives it: lists stay there. No allocation in next() after the longest request and the most
// cookies have been seen. Errors name the request or placeholder at fault.
[[nodiscard]] Result<std::unique_ptr<RequestSource>> make_request_source(const load::LoadSpec& spec, int worker,
                                                                         int workers);

}  // namespace hotlap::loadgen
