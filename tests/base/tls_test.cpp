#include "base/tls.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>

#include "base/socket.h"
#include "tests/base/tls_server.h"

namespace hotlap {
namespace {

using Step = TlsSession::Step;
constexpr std::string_view kAsk = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

// A connection to it, its socket not blocking.
struct Call {
  Call(const TlsServer& server, const TlsTrust& trust, const std::string& host)
      : socket(connect_tcp(*resolve("127.0.0.1", server.port()), std::chrono::seconds(5)).value()) {
    EXPECT_TRUE(set_nonblocking(socket, true));
    session.emplace(TlsContext::create(trust).value(), socket.get(), host);
  }
  void wait_for(short what) {
    pollfd waiting{socket.get(), what, 0};
    ASSERT_EQ(::poll(&waiting, 1, 5000), 1);
  }
  Step handshake() {
    auto step = session->handshake();
    for (int turns = 0; turns < 100 && (step == Step::wants_read || step == Step::wants_write); ++turns) {
      wait_for(step == Step::wants_read ? POLLIN : POLLOUT);
      step = session->handshake();
    }
    return step;
  }
  // Until so many bytes have come, or the end or an error (then errno is its).
  std::string read(std::size_t bytes, std::size_t at_once) {
    std::string all;
    std::string buffer(at_once, ' ');
    while (all.size() < bytes) {
      const auto count = session->receive(buffer);
      if (count > 0) {
        all.append(buffer, 0, static_cast<std::size_t>(count));
        continue;
      }
      if (count == 0 || errno != EAGAIN) return all;
      EXPECT_FALSE(session->has_unread());
      wait_for(POLLIN);
    }
    return all;
  }
  Fd socket;
  std::optional<TlsSession> session;
};

TEST(Tls, SpeaksWithWhomItTrusts) {
  const TlsServer server;
  for (const char* host : {"127.0.0.1", "localhost"}) {
    Call call(server, {.authorities = server.certificate()}, host);
    ASSERT_EQ(call.handshake(), Step::done) << call.session->reason();
    EXPECT_TRUE(call.session->protocol().starts_with("TLSv1.3 TLS_")) << call.session->protocol();
    ASSERT_EQ(call.session->send(kAsk), static_cast<ssize_t>(kAsk.size()));
    EXPECT_EQ(call.read(43, 4096), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    call.session->say_goodbye();
  }
  EXPECT_EQ(server.served(), 2U);
}

TEST(Tls, DistrustsStrangersAndOtherNames) {
  const TlsServer server;
  Call stranger(server, {}, "localhost");
  EXPECT_EQ(stranger.handshake(), Step::failed);
  EXPECT_EQ(errno, EPROTO);
  EXPECT_TRUE(stranger.session->distrusts());
  EXPECT_EQ(stranger.session->reason(), "self-signed certificate");
  Call other_name(server, {.authorities = server.certificate()}, "example.org");
  EXPECT_EQ(other_name.handshake(), Step::failed);
  EXPECT_EQ(other_name.session->reason(), "hostname mismatch");
  Call other_number(server, {.authorities = server.certificate()}, "127.0.0.2");
  EXPECT_EQ(other_number.handshake(), Step::failed);
  EXPECT_EQ(other_number.session->reason(), "IP address mismatch");
  Call anybody(server, {.anybody = true}, "example.org");
  EXPECT_EQ(anybody.handshake(), Step::done);
}

TEST(Tls, RefusesAFileThatHoldsNoCertificates) {
  const auto none = TlsContext::create({.authorities = "/nowhere/ca.pem"});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ExitCode::usage);
  EXPECT_EQ(none.error().message, "read /nowhere/ca.pem: No such file or directory");
  const auto no_certificate = TlsContext::create({.authorities = "/etc/passwd"});
  ASSERT_FALSE(no_certificate);
  EXPECT_TRUE(no_certificate.error().message.starts_with("/etc/passwd cannot be used as a file of certificates in PEM"))
      << no_certificate.error().message;
}

// Whatever records an answer is cut into, and however little is read at once: with the socket empty, has_unread() is
// what says that there is more.
TEST(Tls, ReadsWhatHasComeButIsNoLongerInTheSocket) {
  const std::string body(100'000, 'x');
  for (const std::size_t record : {std::size_t{0}, std::size_t{7'001}, std::size_t{311}}) {
    const TlsServer server({.body = body, .record_bytes = record});
    for (const std::size_t at_once : {std::size_t{100}, std::size_t{5'000}, std::size_t{200'000}}) {
      Call call(server, {.anybody = true}, "localhost");
      ASSERT_EQ(call.handshake(), Step::done);
      ASSERT_GT(call.session->send(kAsk), 0);
      const auto head = std::string("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
      EXPECT_EQ(call.read(head.size() + body.size(), at_once), head + body) << record << ' ' << at_once;
    }
  }
}

TEST(Tls, EndsWithAndWithoutAGoodbye) {
  const TlsServer server({.answers = 1});
  Call call(server, {.anybody = true}, "localhost");
  ASSERT_EQ(call.handshake(), Step::done);
  ASSERT_GT(call.session->send(kAsk), 0);
  EXPECT_EQ(call.read(1000, 4096).size(), 43U);  // and then the end
  std::array<char, 16> buffer{};
  EXPECT_EQ(call.session->receive(buffer), 0);
}

// A server that has enough answers and closes; what it said is still there when writing fails.
TEST(Tls, ReadsAnAnswerAlsoAfterAWriteThatFailed) {
  const TlsServer server({.answers = 1});
  Call call(server, {.anybody = true}, "localhost");
  ASSERT_EQ(call.handshake(), Step::done);
  ASSERT_GT(call.session->send(kAsk), 0);
  call.wait_for(POLLIN);
  const std::string more(64 * 1024, 'x');
  ssize_t sent = 0;
  for (int turns = 0; turns < 1000 && (sent >= 0 || errno == EAGAIN); ++turns) {
    sent = call.session->send(more);
    (void)::poll(nullptr, 0, 1);
  }
  EXPECT_LT(sent, 0);
  EXPECT_TRUE(errno == EPIPE || errno == ECONNRESET) << errno;
  EXPECT_EQ(call.read(43, 4096).size(), 43U);
}

TEST(Tls, SaysWhatAPlainServerIsNot) {
  const auto listener = listen_tcp(*resolve("127.0.0.1", 0), {.nonblocking = false}).value();
  std::thread plain([&] {
    const Fd socket(::accept(listener.get(), nullptr, nullptr));
    std::array<char, 4096> hello{};
    (void)::recv(socket.get(), hello.data(), hello.size(), 0);
    (void)write_all(socket, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  });
  const Fd socket =
      connect_tcp(*resolve("127.0.0.1", local_address(listener)->port()), std::chrono::seconds(5)).value();
  TlsSession session(TlsContext::create({.anybody = true}).value(), socket.get(), "localhost");
  EXPECT_EQ(session.handshake(), Step::failed);  // the socket blocks, so once is enough
  EXPECT_EQ(errno, EPROTO);
  EXPECT_EQ(session.reason(), "wrong version number");
  EXPECT_FALSE(session.distrusts());
  plain.join();
}

}  // namespace
}  // namespace hotlap
