// The database behind a TCP port, in Tarantool's protocol: greets, authenticates, answers. Requests that one read
// brought are answered by one write. A client that does not read its answers is not read from either. Without
// authentication a client is the guest, who may ping and nothing else. Runs on one event loop's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/socket.h"
#include "targets/loop/event_loop.h"
#include "targets/tuplestore/database.h"

namespace hotlap::targets::tuplestore {

struct ServerOptions {
  Address address;  // port 0 takes a free one
  std::string user = "tesla";
  std::string password = "secret";
};

struct Served {
  std::uint64_t requests = 0;
  std::uint64_t connections = 0;  // accepted so far
};

class Server {
 public:
  // Listens from here on; connections are served while the loop runs. The error names the address.
  [[nodiscard]] static Result<std::unique_ptr<Server>> open(EventLoop& loop, Database& database,
                                                            const ServerOptions& options);
  ~Server();

  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] const Served& served() const noexcept;
  // Accepts no more, answers what has already arrived, closes each connection once its answers are written.
  void drain();
  [[nodiscard]] bool drained() const noexcept;

 private:
  class State;
  class Connection;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hotlap::targets::tuplestore
