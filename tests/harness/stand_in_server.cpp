// A server that is not ours and misbehaves on purpose, for the harness's tests. Answers one connection at a time with
// the body UGLY. stand_in_server PORT ANSWERS [OPTION…]; after so many ANSWERS it crashes, 0: never.
//   --host HOST      listen there instead of at 127.0.0.1
//   --unix PATH      listen at this unix socket instead; PORT is then ignored
//   --body TEXT      answer that
//   --ready-fd N     write a line to that descriptor once it listens
//   --daemon         serve from a grandchild with a session of its own and no environment, while the child only waits
//   --chatty         say something for every request
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/socket.h"

namespace {

struct Options {
  std::string host = "127.0.0.1";
  std::string unix_path;
  std::string body = "UGLY";
  int ready_fd = -1;
  bool daemon = false;
  bool chatty = false;
};

Options read_options(int argc, char** argv) {
  Options options;
  for (int i = 3; i < argc; ++i) {
    const std::string_view name = argv[i];
    const bool more = i + 1 < argc;
    if (name == "--daemon")
      options.daemon = true;
    else if (name == "--chatty")
      options.chatty = true;
    else if (name == "--host" && more)
      options.host = argv[++i];
    else if (name == "--unix" && more)
      options.unix_path = argv[++i];
    else if (name == "--body" && more)
      options.body = argv[++i];
    else if (name == "--ready-fd" && more)
      options.ready_fd = std::atoi(argv[++i]);
    else
      std::exit(2);
  }
  return options;
}

// Reads up to the blank line; false when the peer left before.
bool read_request(const hotlap::Fd& connection) {
  std::string bytes;
  char buffer[1024];
  while (!bytes.contains("\r\n\r\n")) {
    const auto count = ::recv(connection.get(), buffer, sizeof buffer, 0);
    if (count <= 0) return false;
    bytes.append(buffer, static_cast<std::size_t>(count));
  }
  return true;
}

// The caller stays behind and waits; what comes back is a daemon by the book.
void become_daemon(char** argv) {
  if (::getenv("PATH")) {  // once more without an environment, so that nothing in it gives us away
    if (::fork() == 0) {
      if (::fork() == 0) {
        ::setsid();
        char* const none[] = {nullptr};
        ::execve("/proc/self/exe", argv, none);
      }
      ::_exit(0);
    }
    while (true) ::pause();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const auto options = read_options(argc, argv);
  if (options.daemon) become_daemon(argv);
  const auto address = options.unix_path.empty()
                           ? hotlap::resolve(options.host, static_cast<std::uint16_t>(std::atoi(argv[1])))
                           : hotlap::Address::unix_path(options.unix_path);
  if (!address) return 3;
  const auto listener = hotlap::listen_tcp(*address, {.nonblocking = false});
  if (!listener) {
    std::fputs((listener.error().message + "\n").c_str(), stderr);
    return 3;
  }
  std::fputs("stand-in: listening\n", stderr);
  if (options.ready_fd >= 0 && ::write(options.ready_fd, "\n", 1) != 1) return 4;
  const auto answer = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(options.body.size()) +
                      "\r\nConnection: close\r\n\r\n" + options.body;
  const long limit = std::atol(argv[2]);
  for (long answered = 0;;) {
    const hotlap::Fd connection(::accept(listener->get(), nullptr, nullptr));
    if (!read_request(connection)) continue;
    if (options.chatty) std::fputs("stand-in: a request\n", stderr);
    if (limit > 0 && answered == limit) {
      std::fputs("stand-in: this is the end\n", stderr);
      std::fflush(stderr);
      std::raise(SIGKILL);
    }
    ++answered;
    if (!hotlap::write_all(connection, answer)) continue;
  }
}
