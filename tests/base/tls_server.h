// A web server over TLS for tests: a thread for each connection, a certificate of its own for localhost and 127.0.0.1.
// It answers every GET alike, in order, however many come at once. Stops with the object.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.h"

struct ssl_ctx_st;

namespace hotlap {

class TlsServer {
 public:
  struct Behaviour {
    std::string body = "hello";
    std::size_t record_bytes = 0;  // answers are cut into records of so many bytes; 0: as large as they may be
    bool mute = false;             // takes connections and says nothing, not even in the handshake
    int answers = 0;               // after so many the connection ends without a goodbye; 0: never
  };
  TlsServer() : TlsServer(Behaviour()) {}
  explicit TlsServer(Behaviour behaviour);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string url(const std::string& host = "127.0.0.1") const;
  [[nodiscard]] std::string certificate() const { return (folder_ / "certificate.pem").string(); }
  [[nodiscard]] std::uint64_t served() const noexcept { return served_; }  // answers

 private:
  void accept_all();
  void serve(int socket);

  const Behaviour behaviour_;
  std::filesystem::path folder_;
  std::shared_ptr<ssl_ctx_st> context_;
  Fd listener_;
  std::uint16_t port_ = 0;
  std::atomic<std::uint64_t> served_ = 0;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::vector<Fd> sockets_;  // open until the end, so that their numbers stay theirs
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace hotlap
