#include "targets/tuplestore/server.h"

#include <fmt/core.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/system_calls.h"
#include "targets/stores/tuple/input_buffer.h"
#include "targets/stores/tuple/iproto.h"
#include "targets/stores/tuple/msgpack.h"
#include "targets/tuplestore/procedures.h"

namespace hotlap::targets::tuplestore {
namespace {

namespace code = iproto::code;

constexpr std::string_view kGuest = "guest";
constexpr std::size_t kMaxPendingOutputBytes = std::size_t{1} << 20;

}  // namespace

class Server::State final : public EventLoop::Watcher {
 public:
  State(EventLoop& event_loop, Database& served_database, ServerOptions with, Fd listening)
      : loop(event_loop),
        database(served_database),
        options(std::move(with)),
        greeted_as(fmt::format("Tarantool 2.6.0 (Binary) {}", database.random().uuid())),
        listener(std::move(listening)) {
    loop.add(listener.get(), EPOLLIN, *this);
  }
  ~State() override {
    connections.clear();
    if (listener) loop.remove(listener.get(), *this);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void on_events(std::uint32_t events) noexcept override;
  void close(const Connection& connection);

  EventLoop& loop;
  Database& database;
  const ServerOptions options;
  const std::string greeted_as;
  Fd listener;
  std::unordered_map<const Connection*, std::unique_ptr<Connection>> connections;
  Served served;
  bool draining = false;
  // One thread serves them all, so they share what a request needs while it is served.
  iproto::Request request;
  Answer answer;
};

class Server::Connection final : public EventLoop::Watcher {
 public:
  Connection(State& server, Fd socket) : server_(server), socket_(std::move(socket)) {
    check(::getrandom(salt_.data(), salt_.size(), 0) == static_cast<ssize_t>(salt_.size()),
          "the kernel has random bytes");
    output_ = iproto::write_greeting(server_.greeted_as, salt_);
    server_.loop.add(socket_.get(), watched_, *this);
  }
  ~Connection() override { server_.loop.remove(socket_.get(), *this); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void on_events(std::uint32_t events) noexcept override {
    const bool readable = events & (EPOLLIN | EPOLLHUP | EPOLLERR);
    if (readable && watched_ & EPOLLIN && !receive()) return server_.close(*this);
    go_on();
  }
  // After the last read; the destructor follows as soon as the output is empty.
  void finish() {
    ended_ = !receive() || ended_;
    finishing_ = true;
    go_on();
  }
  void go_on() {
    do {
      if (!flush()) return server_.close(*this);
    } while (stalled_ && output_has_room() && serve());
    if ((finishing_ || ended_) && !stalled_ && pending_output() == 0) return server_.close(*this);
    watch();
  }

 private:
  [[nodiscard]] std::size_t pending_output() const noexcept { return output_.size() - written_; }

  [[nodiscard]] bool output_has_room() const noexcept { return pending_output() <= kMaxPendingOutputBytes; }

  // False: the connection is of no further use.
  bool receive() {
    const auto count = input_.receive(socket_);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    if (count == 0) return false;
    return serve();
  }

  // Answers what has arrived, as long as the client takes the answers. Always true, for callers that go on serving.
  bool serve() {
    stalled_ = false;
    while (!ended_) {
      auto& request = server_.request;
      iproto::read_request(input_.bytes(), request);
      if (request.parsed == iproto::Parsed::need_more) break;
      ++server_.served.requests;
      if (request.parsed == iproto::Parsed::bad) {
        iproto::append_error(output_, 0, code::kInvalidMsgpack, fmt::format("Invalid MsgPack - {}", request.why));
        ended_ = true;
        break;
      }
      input_.take(request.bytes);
      answer(request);
      if (!output_has_room()) {
        stalled_ = true;
        break;
      }
    }
    return true;
  }

  void answer(iproto::Request& request) {
    if (request.error_code == 0 && request.type == iproto::RequestType::auth) authenticate(request);
    if (request.error_code == 0 && !known_) refuse_guest(request);
    if (request.error_code != 0)
      return iproto::append_error(output_, request.sync, request.error_code, request.error_message);
    if (request.type == iproto::RequestType::auth || request.type == iproto::RequestType::ping)
      return iproto::append_ok(output_, request.sync);
    const bool asks_for_counts = request.type == iproto::RequestType::call && request.name == kStatisticsProcedure;
    if (!asks_for_counts) server_.database.counts().add_sent();
    iproto::AnswerFrame frame(output_, request.sync);
    auto& answer = server_.answer;
    answer.begin(output_);
    server_.database.execute(request, answer);
    if (answer.error_code() == 0) return frame.finish(answer.items());
    frame.take_back();
    iproto::append_error(output_, request.sync, answer.error_code(), answer.error_message());
  }

  // In the order of Tarantool's checks.
  void authenticate(iproto::Request& request) {
    const auto refuse = [&](int error_code, std::string message) {
      request.error_code = error_code;
      request.error_message = std::move(message);
    };
    if (request.name != server_.options.user && request.name != kGuest)
      return refuse(code::kNoSuchUser, fmt::format("User '{}' is not found", request.name));
    const char* at = request.tuple.data();
    const auto parts = msgpack::take_count(at);
    const bool guest = request.name == kGuest;
    if (guest && parts == 0) {
      known_ = false;
      return;
    }
    if (parts < 2) return refuse(code::kInvalidMsgpack, "Invalid MsgPack - authentication request body");
    at = msgpack::skip(at);  // the mechanism: there is only one
    if (msgpack::kind_of(at) != msgpack::Kind::text && msgpack::kind_of(at) != msgpack::Kind::binary)
      return refuse(code::kInvalidMsgpack, "Invalid MsgPack - authentication scramble");
    const auto scramble = msgpack::take_text(at);
    const auto expected = iproto::scramble_password(guest ? "" : server_.options.password, salt_);
    if (scramble.size() != expected.size())
      return refuse(code::kInvalidMsgpack, "Invalid MsgPack - invalid scramble size");
    if (!std::ranges::equal(expected, scramble, {}, {}, [](char c) { return static_cast<unsigned char>(c); }))
      return refuse(code::kPasswordMismatch, fmt::format("Incorrect password supplied for user '{}'", request.name));
    known_ = !guest;
  }

  void refuse_guest(iproto::Request& request) {
    using enum iproto::RequestType;
    if (request.type == ping || request.type == auth) return;
    request.error_code = code::kAccessDenied;
    if (request.type == call) {
      request.error_message = fmt::format("Execute access to function '{}' is denied for user 'guest'", request.name);
    } else if (request.type == eval) {
      request.error_message = "Execute access to universe '' is denied for user 'guest'";
    } else if (const auto* space = server_.database.space(request.space)) {
      request.error_message = fmt::format("{} access to space '{}' is denied for user 'guest'",
                                          request.type == select ? "Read" : "Write", space->name());
    } else {
      request.error_code = 0;  // the database says that there is no such space
    }
  }

  bool flush() {
    while (pending_output() > 0) {
      const auto count = ::send(socket_.get(), output_.data() + written_, pending_output(), MSG_NOSIGNAL);
      count_system_call();
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return errno == EAGAIN;
      written_ += static_cast<std::size_t>(count);
    }
    output_.clear();
    written_ = 0;
    return true;
  }

  void watch() {
    const bool reads = !ended_ && !finishing_ && !stalled_ && output_has_room();
    const std::uint32_t wanted = (reads ? EPOLLIN : 0U) | (pending_output() > 0 ? EPOLLOUT : 0U);
    if (wanted == watched_) return;
    watched_ = wanted;
    server_.loop.change(socket_.get(), wanted, *this);
  }

  State& server_;
  Fd socket_;
  iproto::Salt salt_{};
  InputBuffer input_;
  std::string output_;
  std::size_t written_ = 0;
  std::uint32_t watched_ = EPOLLIN | EPOLLOUT;
  bool stalled_ = false;    // requests are left in the input until the client takes more answers
  bool known_ = false;      // authenticated
  bool ended_ = false;      // no further request can be read
  bool finishing_ = false;  // the server drains
};

void Server::State::on_events(std::uint32_t /*events*/) noexcept {
  constexpr int kAcceptsPerTurn = 64;
  for (int accepted = 0; accepted < kAcceptsPerTurn; ++accepted) {
    Fd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    count_system_call();
    if (!socket) return;  // none waits, or it is gone, or descriptors are short: the loop asks again
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    count_system_call();
    ++served.connections;
    auto connection = std::make_unique<Connection>(*this, std::move(socket));
    auto& opened = *connection;
    connections.emplace(&opened, std::move(connection));
    opened.go_on();
  }
}

void Server::State::close(const Connection& connection) {
  connections.erase(&connection);
}

Result<std::unique_ptr<Server>> Server::open(EventLoop& loop, Database& database, const ServerOptions& options) {
  auto listener = listen_tcp(options.address, {});
  if (!listener) return std::unexpected(listener.error());
  return std::unique_ptr<Server>(new Server(std::make_unique<State>(loop, database, options, std::move(*listener))));
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() = default;

std::uint16_t Server::port() const noexcept {
  const auto address = local_address(state_->listener);
  return address ? address->port() : 0;
}

const Served& Server::served() const noexcept {
  return state_->served;
}

void Server::drain() {
  if (std::exchange(state_->draining, true)) return;
  state_->loop.remove(state_->listener.get(), *state_);
  state_->listener.reset();
  std::vector<Connection*> open;
  for (const auto& [key, connection] : state_->connections) open.push_back(connection.get());
  for (auto* connection : open) connection->finish();
}

bool Server::drained() const noexcept {
  return state_->draining && state_->connections.empty();
}

}  // namespace hotlap::targets::tuplestore
