#include "loadgen/request_source.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/http1.h"

namespace hotlap::loadgen {
namespace {

class ConstantSource final : public RequestSource {
 public:
  explicit ConstantSource(const load::LoadSpec& spec)
      : kinds_{{.name = spec.method + " " + spec.url.target, .expect = spec.expect, .head = spec.method == "HEAD"}} {
    const auto given = [&](std::string_view name) {
      return std::ranges::any_of(spec.headers,
                                 [&](const auto& header) { return http1::equals_ignoring_case(header.first, name); });
    };
    request_ = fmt::format("{} {} HTTP/1.1\r\n", spec.method, spec.url.target);
    if (!given("Host")) request_ += fmt::format("Host: {}\r\n", spec.url.authority());
    for (const auto& [name, value] : spec.headers) request_ += fmt::format("{}: {}\r\n", name, value);
    if (!spec.body.empty() && !given("Content-Length"))
      request_ += fmt::format("Content-Length: {}\r\n", spec.body.size());
    request_ += "\r\n";
    request_ += spec.body;
  }

  const std::vector<RequestKind>& kinds() const noexcept override { return kinds_; }
  std::string_view constant() const noexcept override { return request_; }
  Request next(std::uint32_t) override { return {.bytes = request_}; }

 private:
  std::vector<RequestKind> kinds_;
  std::string request_;
};

}  // namespace

Result<std::unique_ptr<RequestSource>> make_request_source(const load::LoadSpec& spec, int /*worker*/,
                                                           int /*workers*/) {
  return std::make_unique<ConstantSource>(spec);
}

}  // namespace hotlap::loadgen
