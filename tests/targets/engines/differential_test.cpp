// The same client's bytes to every engine: well-formed, spoilt, pipelined, with bodies and late answers, cut at random
// places. The answers must be, byte for byte but for the date, those of a plain loop over a RequestReader.
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/socket.h"
#include "targets/engines/engine.h"
#include "targets/engines/request_reader.h"
#include "targets/loop/event_loop.h"
#include "targets/pages/site.h"
#include "targets/pages/templates.h"
#include "tests/fuzz/request_mutations.h"

namespace hotlap::targets {
namespace {

struct EngineUnderTest {
  const char* name;
  std::unique_ptr<Engine> (*make)(const EngineOptions&, HandlerFactory);
};
constexpr EngineUnderTest kEngines[] = {
    {"Blocking", &make_blocking_engine},   {"Threadpool", &make_threadpool_engine}, {"Epoll", &make_epoll_engine},
    {"Pipelined", &make_pipelined_engine}, {"Uring", &make_uring_engine},
};

// "/echo…" says what was understood of the request, where there is a loop at the end of its turn when it is
// "/echo/late…"; the rest is the site's, without a database.
class TellingHandler final : public Handler {
 public:
  explicit TellingHandler(EventLoop* loop) : loop_(loop) {}

  bool handle(const Request& request, std::string& out, Deferral& deferral) override {
    if (!request.head.path().starts_with("/echo")) return site_.handle(request, out, deferral);
    const auto& head = request.head;
    std::string body(head.method);
    body +=
        " " + std::string(head.path()) + " " + std::string(head.query()) + " for " + std::string(head.host()) + "\n";
    body += std::string(head.field_lines) + "\n" + std::string(request.body);
    std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    answer += head.keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
    if (head.method != "HEAD") answer += body;
    if (!loop_ || !head.path().starts_with("/echo/late")) {
      out += answer;
      return true;
    }
    loop_->at_end_of_turn([answer, done = std::make_shared<Deferral::Done>(deferral.defer())] { (*done)(answer); });
    return false;
  }

 private:
  EventLoop* loop_;
  Site site_{SiteServices{}};
};

class NoDeferral final : public Deferral {
 public:
  Done defer() override {
    ADD_FAILURE() << "nothing is late without a loop";
    return [](std::string) {};
  }
};

void erase_all(std::string& text, std::string_view what) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) text.erase(at, what.size());
}

// Whether 100 Continue is sent depends on when the body comes: not compared here. Neither is the time of day.
std::string comparable(std::string answers) {
  erase_all(answers, kContinue);
  constexpr std::string_view kDate = "\r\nDate: ";
  for (auto at = answers.find(kDate); at != std::string::npos; at = answers.find(kDate, at + 1))
    answers.erase(at + kDate.size(), answers.find("\r\n", at + kDate.size()) - at - kDate.size());
  return answers;
}

Fd client_of(std::uint16_t port) {
  auto socket = connect_tcp(*resolve("127.0.0.1", port), std::chrono::seconds(10));
  EXPECT_TRUE(socket);
  const timeval patience{20, 0};
  ::setsockopt(socket->get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const int on = 1;
  ::setsockopt(socket->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return std::move(*socket);
}

constexpr std::size_t kToTheEnd = ~std::size_t{0};

// Reads until `expected` bytes came or the server closed.
std::string read_answers(const Fd& socket, std::size_t expected) {
  std::string answers;
  char buffer[65536];
  while (answers.size() < expected) {
    const auto count = ::recv(socket.get(), buffer, std::min(sizeof buffer, expected - answers.size()), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != ECONNRESET) return answers + "<no more, but not closed: " + std::to_string(errno) + ">";
    if (count == 0 || (count < 0 && errno == ECONNRESET)) break;
    answers.append(buffer, static_cast<std::size_t>(count));
  }
  return answers;
}

struct Stream {
  std::string bytes;
  std::string expected;
  bool closes = false;  // the server ends the conversation
};

Stream stream_of(std::string bytes) {
  Stream stream{.bytes = std::move(bytes), .expected = {}};
  TellingHandler handler(nullptr);
  NoDeferral no_deferral;
  RequestReader reader;
  std::string_view input = stream.bytes;
  while (!stream.closes) {
    const auto next = reader.next(input);
    if (next.kind == RequestReader::Kind::need_more) break;
    if (next.kind == RequestReader::Kind::expects_continue) continue;
    if (next.kind == RequestReader::Kind::request)
      handler.handle({next.head, next.body}, stream.expected, no_deferral);
    else
      stream.expected += rejection(next.head);
    stream.closes = next.kind == RequestReader::Kind::bad || !next.head.keep_alive;
  }
  stream.expected = comparable(std::move(stream.expected));
  return stream;
}

const std::string kLast = "GET /echo/last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

std::vector<Stream> known_streams() {
  const std::string host = " HTTP/1.1\r\nHost: a\r\n";
  const std::string get = "GET /echo/a?b" + host + "\r\n";
  const std::string late = "GET /echo/late" + host + "\r\n";
  const std::string post = "POST /echo/late/p" + host + "Content-Length: 11\r\n\r\nhello world";
  const std::string chunked =
      "POST /echo/c" + host + "Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nA: b\r\n\r\n";
  std::string many;
  for (int i = 0; i < 100; ++i) many += i % 3 == 0 ? late : i % 3 == 1 ? post : chunked;
  std::string head = get;
  head.replace(0, 3, "HEAD");
  std::vector<Stream> streams;
  for (const auto& bytes : std::vector<std::string>{
           get + kLast, get + late + post + chunked + head + get + kLast, many + kLast,
           late + late + "nonsense\r\n\r\n" + get,                          // an error behind answers that are late
           get + "GET /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + get,  // in mid-batch
           post + "POST /echo" + host + "Content-Length: 5, 5\r\n\r\nhello" + get,
           chunked + "POST /echo" + host + "Transfer-Encoding: chunked\r\n\r\nx\r\n" + get,
           late + "POST /echo" + host + "Content-Length: 100000000\r\n\r\n", "GET /" + std::string(20'000, 'a'),
           get + "GET / HTTP/1.1\r\nHost: a\r\nA: " + std::string(20'000, 'a'),
           "POST /echo" + host + "Content-Length: 300000\r\n\r\n" + std::string(300'000, 'x') + kLast,
           "POST /echo/late" + host + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello" + kLast,
           "GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /echo HTTP/1.0\r\n\r\n" + get,
           "GET http://b/echo?c HTTP/1.1\r\nHost: a\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n" + kLast,
           "GET /ugly" + host + "\r\nHEAD /json" + host + "\r\nGET /plaintext" + host + "\r\nPUT /" + host +
               "\r\nGRAB /" + host + "\r\nGET /nothing" + host + "\r\nGET /good" + host + "\r\n" + kLast,
           "\r\n\r\n" + get + "\r\n" + kLast, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"})
    streams.push_back(stream_of(bytes));
  return streams;
}

std::vector<Stream> spoilt_streams(std::size_t count) {
  RequestMutations mutations(20261126);
  std::vector<Stream> streams;
  while (streams.size() < count) {
    auto stream = stream_of(mutations.next() + kLast);
    if (stream.closes) streams.push_back(std::move(stream));
  }
  return streams;
}

class EveryEngineAlike : public testing::TestWithParam<EngineUnderTest> {
 protected:
  static void SetUpTestSuite() { load_templates(); }

  // The answers to `stream`, sent in pieces of up to `most` bytes.
  static std::string answers(std::uint16_t port, const Stream& stream, std::uint64_t seed, std::uint64_t most) {
    const auto socket = client_of(port);
    Random random(seed);
    std::string_view left = stream.bytes;
    while (!left.empty()) {
      const auto size = 1 + static_cast<std::size_t>(random.below(std::min<std::uint64_t>(left.size(), most)));
      if (!write_all(socket, left.substr(0, size))) break;  // refused in the middle
      left.remove_prefix(size);
    }
    return comparable(read_answers(socket, kToTheEnd));
  }
};

TEST_P(EveryEngineAlike, AnswersWhateverComesAsAPlainLoopWould) {
  const auto engine = GetParam().make({.address = *resolve("127.0.0.1", 0)},
                                      [](EventLoop* loop) { return std::make_unique<TellingHandler>(loop); });
  const auto port = engine->start();
  if (!port && port.error().message.starts_with("--engine uring")) GTEST_SKIP() << port.error().message;
  ASSERT_TRUE(port) << port.error().message;
  std::uint64_t seed = 0;
  for (const auto& stream : known_streams()) {
    ASSERT_TRUE(stream.closes) << stream.bytes;
    for (const std::uint64_t most : {stream.bytes.size(), std::max<std::size_t>(40, stream.bytes.size() / 100)})
      EXPECT_EQ(answers(*port, stream, ++seed, most), stream.expected)
          << "pieces of up to " << most << " bytes, seed " << seed << "\n"
          << stream.bytes.substr(0, 500);
  }
  for (const auto& stream : spoilt_streams(60))
    EXPECT_EQ(answers(*port, stream, ++seed, 100), stream.expected) << "seed " << seed << "\n" << stream.bytes;
  (void)engine->stop();
}

TEST_P(EveryEngineAlike, AClientThatExpects100ContinueGetsItOnce) {
  const auto engine = GetParam().make({.address = *resolve("127.0.0.1", 0)},
                                      [](EventLoop* loop) { return std::make_unique<TellingHandler>(loop); });
  const auto port = engine->start();
  if (!port && port.error().message.starts_with("--engine uring")) GTEST_SKIP() << port.error().message;
  ASSERT_TRUE(port) << port.error().message;
  const std::string late = "GET /echo/late HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
  const auto before = stream_of(late).expected + std::string(kContinue);
  const auto whole = stream_of(late + head + "hello" + kLast).expected;
  const auto socket = client_of(*port);
  ASSERT_TRUE(write_all(socket, late + head));
  EXPECT_EQ(read_answers(socket, before.size()), before) << "behind the answer to the request before it";
  ASSERT_TRUE(write_all(socket, "hello" + kLast));
  EXPECT_EQ(before + read_answers(socket, kToTheEnd), before + whole.substr(before.size() - kContinue.size()));
  (void)engine->stop();
}

INSTANTIATE_TEST_SUITE_P(Engines, EveryEngineAlike, testing::ValuesIn(kEngines),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace hotlap::targets
