#include "tests/targets/stores/tuple/scripted_store.h"

#include <sys/socket.h>

#include "targets/stores/tuple/iproto.h"

namespace hotlap::targets {

ScriptedStore::ScriptedStore(Misbehaviour misbehaviour)
    : misbehaviour_(misbehaviour),
      listener_(listen_tcp(resolve("127.0.0.1", 0).value(), {.nonblocking = false}).value()),
      address_(local_address(listener_).value()),
      thread_([this] { serve(); }) {}

ScriptedStore::~ScriptedStore() {
  stopping_ = true;
  ::shutdown(listener_.get(), SHUT_RDWR);  // ends a waiting accept()
  if (const int socket = open_; socket >= 0) ::shutdown(socket, SHUT_RDWR);
}

void ScriptedStore::serve() {
  while (!stopping_) {
    const Fd socket(::accept(listener_.get(), nullptr, nullptr));
    if (!socket) continue;
    ++connections_;
    open_ = socket.get();
    if (!stopping_) serve_connection(socket);
    open_ = -1;
  }
}

void ScriptedStore::serve_connection(const Fd& socket) {
  const auto send = [&](std::string_view bytes) {
    return ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0;
  };
  if (misbehaviour_ != Misbehaviour::no_greeting)
    send(iproto::write_greeting("Tarantool 2.6.0 (Binary) scripted", iproto::Salt{}));
  iproto::Request request;
  std::string input;
  while (true) {
    char buffer[4096];
    const auto count = ::recv(socket.get(), buffer, sizeof buffer, 0);
    if (count <= 0) break;
    input.append(buffer, static_cast<std::size_t>(count));
    for (iproto::read_request(input, request); request.parsed == iproto::Parsed::done;
         iproto::read_request(input, request)) {
      input.erase(0, request.bytes);
      std::string answer;
      if (request.type == iproto::RequestType::auth) {
        iproto::append_ok(answer, request.sync);
        send(answer);
        continue;
      }
      switch (misbehaviour_) {
        case Misbehaviour::no_greeting:
        case Misbehaviour::no_answer:
          break;
        case Misbehaviour::garbage:
          send("\xffHTTP/1.1 400 Bad Request\r\n\r\n");
          break;
        case Misbehaviour::garbage_in_a_frame:
          send(std::string_view("\xce\0\0\0\x03\xc1\xc1\xc1", 8));
          break;
        case Misbehaviour::someone_elses:
          iproto::append_ok(answer, request.sync + 1024);
          send(answer);
          break;
        case Misbehaviour::half_an_answer:
          iproto::append_ok(answer, request.sync);
          send(std::string_view(answer).substr(0, answer.size() / 2));
          ::shutdown(socket.get(), SHUT_WR);  // closing with requests unread would reset the connection instead
          break;
        case Misbehaviour::drip:
          send(std::string_view("\xce\0\xff\xff\xff", 5));
          while (!stopping_ && send("\x01")) std::this_thread::yield();
          ++dropped_;
          return;
      }
    }
  }
  ++dropped_;
}

}  // namespace hotlap::targets
