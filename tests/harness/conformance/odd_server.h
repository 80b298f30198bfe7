// A server that answers as a test says, right or wrong: one thread, many connections, a free port of 127.0.0.1. The
// script gets everything that came on the connection and was not taken yet, takes what it likes, and says what to write
// and whether to stay.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/socket.h"

namespace hotlap {

inline std::string answer_with(std::string_view body, std::string_view status = "200 OK") {
  return "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

// Takes the first whole head off; empty when there is none.
inline std::string take_head(std::string& unread) {
  const auto end = unread.find("\r\n\r\n");
  if (end == std::string::npos) return {};
  auto head = unread.substr(0, end + 4);
  unread.erase(0, end + 4);
  return head;
}

// "HEAD / …" → no body; "/hotlap-verify-no-such-page" → 404; else a page.
inline std::string right_answer(std::string_view head) {
  const bool known = !head.contains("no-such-page");
  const std::string whole = known ? answer_with("UGLY") : answer_with("none", "404 Not Found");
  return head.starts_with("HEAD") ? whole.substr(0, whole.size() - 4) : whole;
}

class OddServer {
 public:
  struct Deed {
    std::string write;
    bool stay = true;
  };
  using Script = std::function<Deed(std::string& unread)>;

  explicit OddServer(Script script) : script_(std::move(script)) {
    listener_ = std::move(*listen_tcp(*resolve("127.0.0.1", 0), {}));
    address_ = *local_address(listener_);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }

  [[nodiscard]] const Address& address() const { return address_; }
  [[nodiscard]] std::string url(const std::string& path = "/") const { return "http://" + address_.text() + path; }

 private:
  struct Client {
    Fd socket;
    std::string unread;
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
        if (accepted) clients.push_back({std::move(accepted), {}});
      }
    }
  }

  bool converse(Client& client) {
    char buffer[65536];
    const auto count = ::recv(client.socket.get(), buffer, sizeof buffer, 0);
    if (count <= 0) return false;
    client.unread.append(buffer, static_cast<std::size_t>(count));
    const auto deed = script_(client.unread);
    return write_all(client.socket, deed.write).has_value() && deed.stay;
  }

  Script script_;
  Fd listener_;
  Address address_;
  std::jthread thread_;
};

}  // namespace hotlap
