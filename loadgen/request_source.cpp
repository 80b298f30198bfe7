#include "loadgen/request_source.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/http1.h"

namespace hotlap::loadgen {

RequestSource::RequestSource(const load::LoadSpec& spec) {
  const auto given = [&](std::string_view name) {
    return std::ranges::any_of(spec.headers,
                               [&](const auto& header) { return http1::equals_ignoring_case(header.first, name); });
  };
  std::string request = fmt::format("{} {} HTTP/1.1\r\n", spec.method, spec.url.target);
  if (!given("Host")) request += fmt::format("Host: {}\r\n", spec.url.authority());
  for (const auto& [name, value] : spec.headers) request += fmt::format("{}: {}\r\n", name, value);
  if (!spec.body.empty() && !given("Content-Length"))
    request += fmt::format("Content-Length: {}\r\n", spec.body.size());
  request += "\r\n";
  request += spec.body;
  size_ = request.size();
  copies_.reserve(size_ * static_cast<std::size_t>(spec.pipeline_depth));
  for (int i = 0; i < spec.pipeline_depth; ++i) copies_ += request;
}

}  // namespace hotlap::loadgen
