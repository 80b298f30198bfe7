// The same stream of requests, byte for byte, to hotlap-tuplestore's server and to the real Tarantool: the same codes,
// the same items in the same bytes, and the same rows in the end.
// HOTLAP_STREAM_REQUESTS and HOTLAP_STREAM_SEED ask for another length and another stream.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <thread>

#include "base/process.h"
#include "base/program_path.h"
#include "targets/stores/tuple/msgpack.h"
#include "targets/tuplestore/server.h"
#include "tests/targets/stores/tuple/raw_connection.h"
#include "tests/targets/stores/tuple/request_stream.h"
#include "tests/targets/stores/tuple/running_store.h"

namespace hotlap::targets {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// Our server with the stream's spaces, on a thread of its own.
class StreamServer {
 public:
  StreamServer()
      : server_(tuplestore::Server::open(loop_, database_, {.address = resolve("127.0.0.1", 0).value()}).value()),
        address_(resolve("127.0.0.1", server_->port()).value()),
        thread_([this] { loop_.run([this] { return ended_.load(); }); }) {}
  ~StreamServer() {
    ended_ = true;
    loop_.stop();
  }
  StreamServer(const StreamServer&) = delete;
  StreamServer& operator=(const StreamServer&) = delete;
  [[nodiscard]] const Address& address() const noexcept { return address_; }

 private:
  tuplestore::Database database_{stream_spaces()};
  EventLoop loop_;
  std::unique_ptr<tuplestore::Server> server_;
  Address address_;
  std::atomic<bool> ended_ = false;
  std::jthread thread_;
};

std::string shown(const RawAnswer& answer) {
  if (!answer.came) return "no answer";
  if (answer.error_code != 0) return fmt::format("error {}", answer.error_code);
  std::string text = fmt::format("{} items", answer.items.size());
  for (const auto& item : answer.items) {
    text += "\n    ";
    for (const char byte : item) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return text;
}

// Items of `a` that `b` has not.
std::string shown_besides(RawAnswer a, const RawAnswer& b) {
  std::erase_if(a.items, [&](const std::string& item) { return std::ranges::find(b.items, item) != b.items.end(); });
  return shown(a);
}

bool same(RawAnswer a, RawAnswer b, StreamRequest::Compare compare) {
  if (!a.came || !b.came || a.error_code != b.error_code) return false;
  if (compare == StreamRequest::Compare::shape) return a.items.size() == b.items.size();
  if (compare == StreamRequest::Compare::in_any_order) {
    std::ranges::sort(a.items);
    std::ranges::sort(b.items);
  }
  return a.items == b.items;
}

class SameStreamTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!find_program("tarantool")) GTEST_SKIP() << "the program 'tarantool' is not installed";
    const auto script = testing::TempDir() + fmt::format("hotlap-stream-{}.lua", ::getpid());
    std::ofstream(script) << stream_script();
    auto started = RunningStore::tarantool(script);
    ASSERT_TRUE(started) << started.error().message;
    theirs_ = std::move(*started);
    std::remove(script.c_str());
  }

  // Syncs count from 1 in the order of the requests.
  void expect_same(RawConnection& our_link, RawConnection& their_link, const std::vector<StreamRequest>& batch) {
    std::string bytes;
    for (const auto& request : batch) bytes += request.bytes;
    our_link.send(bytes);
    their_link.send(bytes);
    std::map<std::uint64_t, std::vector<RawAnswer>> ours;
    std::map<std::uint64_t, std::vector<RawAnswer>> their;
    for (std::size_t count = 0; count < batch.size(); ++count) {
      auto one = our_link.answer();
      auto other = their_link.answer();
      ours[one.sync].push_back(std::move(one));
      their[other.sync].push_back(std::move(other));
    }
    for (std::size_t number = 0; number < batch.size(); ++number) {
      const auto& request = batch[number];
      const auto sync = number + 1;
      ASSERT_EQ(ours[sync].size(), their[sync].size()) << request.what;
      ASSERT_EQ(ours[sync].size(), 1U) << request.what;
      const auto& one = ours[sync].front();
      const auto& other = their[sync].front();
      EXPECT_TRUE(same(one, other, request.compare))
          << request.what << "\n  after " << (number > 0 ? batch[number - 1].what : "")
          << "\n  ours:      " << shown_besides(one, other) << "\n  Tarantool: " << shown_besides(other, one);
      ++codes_[one.error_code];
    }
  }

  std::unique_ptr<RunningStore> theirs_;
  StreamServer ours_;
  std::map<int, std::uint64_t> codes_;
};

TEST_F(SameStreamTest, ASeededStreamOfRightAndWrongRequests) {
  RawConnection our_link(ours_.address());
  RawConnection their_link(theirs_->options().address);
  our_link.authenticate();
  their_link.authenticate();
  RequestStream stream(from_environment("HOTLAP_STREAM_SEED", 20170504));
  const auto requests = from_environment("HOTLAP_STREAM_REQUESTS", 20'000);
  constexpr std::size_t kBatch = 50;
  std::vector<StreamRequest> batch;
  for (std::uint64_t count = 0; count < requests && !HasFailure(); count += batch.size()) {
    batch.clear();
    for (std::size_t number = 0; number < kBatch; ++number) batch.push_back(stream.next(number + 1));
    expect_same(our_link, their_link, batch);
  }
  for (const auto& space : stream_spaces()) {
    std::string body = "\x83\x10";
    msgpack::write_natural(body, space.id);
    body += std::string("\x12\xce\xff\xff\xff\xff\x20\x90", 8);
    std::string content = std::string("\x82\x00\x01\x01\x01", 5) + body;
    StreamRequest everything{.bytes = static_cast<char>(content.size()) + content,
                             .what = "everything in " + space.name};
    everything.compare = StreamRequest::Compare::in_any_order;
    expect_same(our_link, their_link, {everything});
  }
  std::string seen;
  for (const auto& [code, count] : codes_) seen += fmt::format(" {}:{}", code, count);
  fmt::print("answers by code:{}\n", seen);
  // The stream is of use only if it meets every refusal that it could.
  if (HasFailure()) return;
  for (const int code :
       {0, 1, 3, 18, 19, 20, 23, 25, 26, 28, 29, 31, 32, 33, 35, 36, 37, 39, 41, 48, 69, 94, 95, 112, 136})
    EXPECT_GT(codes_[code], 0U) << "no answer had code " << code;
}

// What cannot follow another request on the same connection, or is asked before authentication.
TEST_F(SameStreamTest, AuthenticationAndGuests) {
  const auto auth = [](std::string_view user, const std::string& tuple) {
    std::string body = "\x82\x23";
    msgpack::write_text(body, user);
    body += "\x21" + tuple;
    std::string content = std::string("\x82\x00\x07\x01\x01", 5) + body;
    std::string frame;
    msgpack::write_natural(frame, content.size());
    return StreamRequest{.bytes = frame + content, .what = fmt::format("auth of {}", user)};
  };
  const auto scramble = [](std::size_t size) {
    std::string tuple = "\x92";
    msgpack::write_text(tuple, "chap-sha1");
    msgpack::write_text(tuple, std::string(size, 's'));
    return tuple;
  };
  const auto operation = [](const Operation& asked, const char* what) {
    StreamRequest request{.bytes = {}, .what = what};
    iproto::append_operation(request.bytes, asked, 1);
    return request;
  };
  using enum OperationKind;
  const StreamRequest requests[] = {
      auth("nobody", scramble(20)),
      auth("tesla", scramble(20)),
      auth("tesla", scramble(19)),
      auth("tesla", scramble(0)),
      auth("tesla", "\x90"),
      auth("tesla", std::string("\x92\x01\x02", 3)),
      auth("guest", "\x90"),
      auth("guest", scramble(20)),
      operation({.kind = ping}, "ping"),
      operation({.kind = OperationKind::select, .space = 600}, "select"),
      operation({.kind = OperationKind::select, .space = 9999}, "select of no space"),
      operation({.kind = insert, .space = 600, .tuple = {std::string("a")}}, "insert"),
      operation({.kind = erase, .space = 600}, "delete"),
      operation({.kind = eval, .text = "return true"}, "eval"),
      operation({.kind = OperationKind::call, .text = "box.space.plain:count"}, "call"),
      operation({.kind = OperationKind::call, .text = "nobody"}, "call of nothing"),
      StreamRequest{.bytes = std::string("\x05\x81\x00\x07\x80\x80", 6), .what = "bytes behind the body"},
      StreamRequest{.bytes = std::string("\x05\x82\x00\x07\x01\x01", 6), .what = "auth without a body"},
  };
  for (const auto& request : requests) {
    RawConnection our_link(ours_.address());
    RawConnection their_link(theirs_->options().address);
    our_link.send(request.bytes);
    their_link.send(request.bytes);
    const auto one = our_link.answer();
    const auto other = their_link.answer();
    EXPECT_TRUE(same(one, other, request.compare))
        << request.what << "\n  ours:      " << shown(one) << "\n  Tarantool: " << shown(other);
    EXPECT_EQ(one.sync, other.sync) << request.what;
    // Whatever it was, the connection goes on.
    std::string after;
    iproto::append_operation(after, {}, 2);
    our_link.send(after);
    their_link.send(after);
    EXPECT_EQ(our_link.answer().sync, 2U) << request.what;
    EXPECT_EQ(their_link.answer().sync, 2U) << request.what;
  }
}

}  // namespace
}  // namespace hotlap::targets
