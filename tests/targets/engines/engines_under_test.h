// What the tests of engines share: a handler that says what it was asked, clients, and the list of all engines.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/socket.h"
#include "targets/engines/engine.h"
#include "targets/loop/event_loop.h"

namespace hotlap::targets {

using MakeEngine = std::unique_ptr<Engine> (*)(const EngineOptions&, HandlerFactory);
struct EngineUnderTest {
  const char* name;
  MakeEngine make;
  bool event_driven;
};
inline const std::vector<EngineUnderTest>& all_engines() {
  static const std::vector<EngineUnderTest> engines = {{"Blocking", &make_blocking_engine, false},
                                                       {"Threadpool", &make_threadpool_engine, false},
                                                       {"Epoll", &make_epoll_engine, true},
                                                       {"Pipelined", &make_pipelined_engine, true},
                                                       {"Uring", &make_uring_engine, true}};
  return engines;
}
inline std::vector<EngineUnderTest> event_engines() {
  std::vector<EngineUnderTest> engines = all_engines();
  std::erase_if(engines, [](const auto& engine) { return !engine.event_driven; });
  return engines;
}
inline std::string name_of_engine(const testing::TestParamInfo<EngineUnderTest>& instance) {
  return instance.param.name;
}
inline void PrintTo(const EngineUnderTest& engine, std::ostream* out) {
  *out << engine.name;
}

// Answers with the target's own name and the body. Where there is a loop, "/late…" is answered at the end of its turn,
// and "/held…" when somebody asks for "/release", which itself is answered at once. "/large" is 4 MiB.
class EchoHandler final : public Handler {
 public:
  explicit EchoHandler(EventLoop* loop) : loop_(loop) {}
  bool handle(const Request& request, std::string& out, Deferral& deferral) override {
    const std::string target(request.head.target);
    const auto body = target == "/large" ? std::string(4 << 20, 'x') : target + std::string(request.body);
    const auto response = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    if (loop_ && target.starts_with("/late")) {
      loop_->at_end_of_turn(
          [response, done = std::make_shared<Deferral::Done>(deferral.defer())] { (*done)(response); });
      return false;
    }
    if (loop_ && target.starts_with("/held")) {
      held_.emplace_back(response, deferral.defer());
      return false;
    }
    out += response;
    if (target == "/release")
      for (auto& [text, done] : std::exchange(held_, {})) done(text);
    return true;
  }

 private:
  EventLoop* loop_;
  std::vector<std::pair<std::string, Deferral::Done>> held_;
};

inline std::string request(const std::string& target, const std::string& fields = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}
inline std::string response(const std::string& target) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(target.size()) + "\r\n\r\n" + target;
}

inline Fd client_of(std::uint16_t port) {
  auto socket = connect_tcp(*resolve("127.0.0.1", port), std::chrono::seconds(10));
  EXPECT_TRUE(socket) << socket.error().message;
  if (!socket) return {};
  const timeval patience{20, 0};
  ::setsockopt(socket->get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return std::move(*socket);
}

// Reads until `expected` bytes came or the server closed.
inline std::string read_from(const Fd& socket, std::size_t expected) {
  std::string answer;
  char buffer[65536];
  while (answer.size() < expected) {
    const auto count = ::recv(socket.get(), buffer, sizeof buffer, 0);
    if (count < 0 && errno == EINTR) continue;  // a ring that goes away interrupts those who have had one
    if (count < 0) answer += "<" + system_message("no answer", errno) + ">";
    if (count <= 0) break;
    answer.append(buffer, static_cast<std::size_t>(count));
  }
  return answer;
}
inline constexpr std::size_t kToTheEnd = ~std::size_t{0};

// Sends `bytes` in one write and reads.
inline std::string converse_with(std::uint16_t port, std::string_view bytes, std::size_t expected) {
  const auto socket = client_of(port);
  EXPECT_TRUE(write_all(socket, bytes));
  return read_from(socket, expected);
}

class WithEngine : public testing::TestWithParam<EngineUnderTest> {
 protected:
  void start(EngineOptions options = {}) {
    options.address = *resolve("127.0.0.1", 0);
    engine_.reset();
    board_.emplace(options.workers);
    options.board = &*board_;
    engine_ = GetParam().make(options, [](EventLoop* loop) { return std::make_unique<EchoHandler>(loop); });
    const auto port = engine_->start();
    if (!port && port.error().message.starts_with("--engine uring")) GTEST_SKIP() << port.error().message;
    ASSERT_TRUE(port) << port.error().message;
    port_ = *port;
  }
  std::string ask(const std::string& target) { return converse_with(port_, request(target), response(target).size()); }

  [[nodiscard]] EngineCounters engine_counters() const { return board_->sum(); }

  std::optional<CounterBoard> board_;
  std::unique_ptr<Engine> engine_;
  std::uint16_t port_ = 0;
};

}  // namespace hotlap::targets
