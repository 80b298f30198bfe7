// A server whose answers a test writes: one thread, many connections, on a free port of 127.0.0.1. The script gets what
// one read brought and how many requests (blank lines) were in it; it writes what it likes and answers whether the
// connection stays open. What was asked can be read when it has stopped. Bodies of requests are not understood.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/socket.h"

namespace hotlap {

class ScriptedServer {
 public:
  using Script = std::function<bool(const Fd& connection, int requests)>;

  struct Asked {
    int connection = 0;  // counted from 0 as they came
    std::string head;
  };

  explicit ScriptedServer(Script script) : ScriptedServer(std::move(script), *resolve("127.0.0.1", 0)) {}
  ScriptedServer(Script script, const Address& at) : script_(std::move(script)) {
    listener_ = std::move(*listen_tcp(at, {}));
    port_ = local_address(listener_)->port();
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }

  [[nodiscard]] std::string url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::uint64_t requests() const { return requests_; }
  [[nodiscard]] const std::vector<Asked>& asked() const { return asked_; }  // after stop(): all of them
  [[nodiscard]] int connections() const { return connections_; }            // after stop()
  // Joins; requests() is final afterwards.
  void stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  struct Client {
    Fd socket;
    std::string unread;
    int number;
  };

  void serve(const std::stop_token& stop) {
    std::vector<Client> clients;
    while (!stop.stop_requested()) {
      std::vector<pollfd> waiting{{listener_.get(), POLLIN, 0}};
      for (const auto& client : clients) waiting.push_back({client.socket.get(), POLLIN, 0});
      if (::poll(waiting.data(), waiting.size(), 20) <= 0) continue;
      for (std::size_t i = waiting.size() - 1; i > 0; --i)
        if (waiting[i].revents != 0 && !converse(clients[i - 1]))
          clients.erase(clients.begin() + static_cast<std::ptrdiff_t>(i - 1));
      if (waiting[0].revents != 0) {
        Fd accepted(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (accepted) clients.push_back({std::move(accepted), {}, connections_++});
      }
    }
  }

  bool converse(Client& client) {
    char buffer[65536];
    const auto count = ::recv(client.socket.get(), buffer, sizeof buffer, 0);
    if (count <= 0) return false;
    client.unread.append(buffer, static_cast<std::size_t>(count));
    int requests = 0;
    for (auto end = client.unread.find("\r\n\r\n"); end != std::string::npos; end = client.unread.find("\r\n\r\n")) {
      asked_.push_back({.connection = client.number, .head = client.unread.substr(0, end + 4)});
      client.unread.erase(0, end + 4);
      ++requests;
    }
    requests_ += static_cast<std::uint64_t>(requests);
    return requests == 0 || script_(client.socket, requests);
  }

  Script script_;
  Fd listener_;
  std::uint16_t port_ = 0;
  std::atomic<std::uint64_t> requests_ = 0;
  int connections_ = 0;
  std::vector<Asked> asked_;
  std::jthread thread_;
};

}  // namespace hotlap
