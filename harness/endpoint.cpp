#include "harness/endpoint.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include "base/socket.h"
#include "base/units.h"

namespace hotlap::harness {
namespace {

constexpr std::string_view kUnix = "unix:";

}  // namespace

Result<Endpoint> Endpoint::parse(const std::string& text) {
  Endpoint endpoint;
  if (text.starts_with(kUnix)) {
    endpoint.unix_socket = text.substr(kUnix.size());
    if (!endpoint.unix_socket.starts_with('/'))
      return fail(fmt::format("'{}' needs the socket's full path, like unix:/run/app.sock", printable(text)));
    if (auto fits = Address::unix_path(endpoint.unix_socket); !fits) return std::unexpected(fits.error());
    endpoint.host = "localhost";
    endpoint.port = 80;
    return endpoint;
  }
  const auto url = load::Url::parse(text);
  if (!url) return std::unexpected(url.error());
  if (url->target != "/")
    return fail(
        fmt::format("'{}' names a page; only the server belongs here, the page into load.path", printable(text)));
  endpoint.host = url->host;
  endpoint.port = url->port;
  endpoint.tls = url->tls;
  return endpoint;
}

bool Endpoint::is_local() const {
  if (!unix_socket.empty() || host == "localhost") return true;
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return ::inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

std::string Endpoint::text() const {
  if (!unix_socket.empty()) return std::string(kUnix) + unix_socket;
  return load::Url{.host = host, .tls = tls, .port = port, .target = ""}.text();
}

void aim(load::LoadSpec& spec, const Endpoint& endpoint) {
  spec.url.host = endpoint.host;
  spec.url.port = endpoint.port;
  spec.url.tls = endpoint.tls;
  spec.trust = endpoint.trust;
  spec.unix_socket = endpoint.unix_socket;
}

}  // namespace hotlap::harness
