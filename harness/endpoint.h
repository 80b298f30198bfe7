// Where a server is to be reached: a port at a host, or a unix socket.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/tls.h"
#include "loadgen/contract/load_spec.h"

namespace hotlap::harness {

struct Endpoint {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  bool tls = false;
  TlsTrust trust;           // of tls
  std::string unix_socket;  // its path; then host and port only stand in the Host field
  bool operator==(const Endpoint&) const = default;

  // "http://127.0.0.1:8080" or "https://127.0.0.1:8443", a slash behind it allowed, or "unix:/run/app.sock".
  [[nodiscard]] static Result<Endpoint> parse(const std::string& text);
  // No other host is involved: a unix socket, localhost, 127.x.x.x or ::1. Other names may mean anything.
  [[nodiscard]] bool is_local() const;
  [[nodiscard]] std::string text() const;  // parse() reads it back
};

// The load goes there; its path stays.
void aim(load::LoadSpec& spec, const Endpoint& endpoint);
}  // namespace hotlap::harness
