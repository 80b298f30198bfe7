// A server that remembers what came on each connection and answers every request: for comparing request streams. One
// thread, a free port of 127.0.0.1.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/socket.h"

namespace hotlap {

// Cuts the first whole request off; empty when there is none.
inline std::string_view take_request(std::string_view& bytes) {
  const auto head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return {};
  auto size = head_end + 4;
  constexpr std::string_view kLength = "Content-Length: ";
  if (const auto field = bytes.substr(0, size).find(kLength); field != std::string_view::npos)
    size += std::stoul(std::string(bytes.substr(field + kLength.size(), 20)));
  if (size > bytes.size()) return {};
  const auto request = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return request;
}

// Lua keeps no order of the fields of a head, so that is not compared: each request with its lines sorted.
inline std::vector<std::string> requests_in(std::string_view stream) {
  std::vector<std::string> requests;
  for (auto request = take_request(stream); !request.empty(); request = take_request(stream)) {
    const auto head_end = request.find("\r\n\r\n");
    std::vector<std::string> lines;
    for (auto head = request.substr(0, head_end + 2); !head.empty(); head.remove_prefix(head.find('\n') + 1))
      lines.emplace_back(head.substr(0, head.find('\n') + 1));
    std::sort(lines.begin() + 1, lines.end());
    std::string sorted;
    for (const auto& line : lines) sorted += line;
    requests.push_back(sorted + std::string(request.substr(head_end + 2)));
  }
  return requests;
}

class RecordingServer {
 public:
  using Answer = std::function<std::string(std::string_view request)>;

  explicit RecordingServer(Answer answer) : answer_(std::move(answer)) {
    listener_ = std::move(*listen_tcp(*resolve("127.0.0.1", 0), {}));
    address_ = *local_address(listener_);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }

  [[nodiscard]] std::string url(const std::string& path = "/") const { return "http://" + address_.text() + path; }
  // Stops; then what came on each connection that sent anything, at most its first 64 KiB.
  [[nodiscard]] std::vector<std::string> streams() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    std::erase_if(recorded_, [](const std::string& stream) { return stream.empty(); });
    return recorded_;
  }

 private:
  struct Client {
    Fd socket;
    std::size_t place;
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
        if (!accepted) continue;
        clients.push_back({.socket = std::move(accepted), .place = recorded_.size()});
        recorded_.emplace_back();
      }
    }
  }

  bool converse(Client& client) {
    char buffer[65536];
    const auto count = ::recv(client.socket.get(), buffer, sizeof buffer, 0);
    if (count <= 0) return false;
    const std::string_view came(buffer, static_cast<std::size_t>(count));
    auto& recorded = recorded_[client.place];
    constexpr std::size_t kMost = 65'536;
    recorded += came.substr(0, kMost - std::min(kMost, recorded.size()));
    client.unread += came;
    std::string_view unread = client.unread;
    std::string answers;
    for (auto request = take_request(unread); !request.empty(); request = take_request(unread))
      answers += answer_(request);
    client.unread = std::string(unread);
    return write_all(client.socket, answers).has_value();
  }

  Answer answer_;
  Fd listener_;
  Address address_;
  std::vector<std::string> recorded_;
  std::jthread thread_;
};

}  // namespace hotlap
