#include "targets/tuplestore/server.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "targets/stores/tuple/iproto.h"
#include "tests/targets/stores/tuple/raw_connection.h"
#include "tests/targets/stores/tuple/running_store.h"

namespace hotlap::targets {
namespace {

std::string ping(std::uint64_t sync) {
  std::string out;
  iproto::append_operation(out, {}, sync);
  return out;
}

class ServerTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = RunningStore::tuplestore();
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  std::unique_ptr<RunningStore> server_;
};

TEST_F(ServerTest, GreetsLikeTarantool) {
  const RawConnection connection(server_->options().address);
  EXPECT_TRUE(connection.greeting.starts_with("Tarantool 2.6.0 (Binary) ")) << connection.greeting;
  const RawConnection other(server_->options().address);
  EXPECT_NE(connection.greeting.substr(64), other.greeting.substr(64)) << "each connection has its own salt";
}

TEST_F(ServerTest, BrokenContentIsRefusedAndTheConnectionStaysOpen) {
  RawConnection connection(server_->options().address);
  connection.send("\x03\xc1\xc1\xc1" + ping(5));
  const auto refused = connection.response();
  EXPECT_EQ(refused.outcome.error().code, iproto::code::kInvalidMsgpack);
  EXPECT_EQ(refused.sync, 0U);
  EXPECT_EQ(connection.response().sync, 5U);
}

TEST_F(ServerTest, AnUnreadableLengthIsRefusedAndTheConnectionClosed) {
  RawConnection connection(server_->options().address);
  connection.send("GET / HTTP/1.1\r\n\r\n");  // 'G' is a length of 71 bytes: the rest of them never comes
  connection.end_sending();
  EXPECT_FALSE(connection.receive());
  RawConnection other(server_->options().address);
  other.send("\xce\x7f\xff\xff\xff");
  EXPECT_EQ(other.response().outcome.error().code, iproto::code::kInvalidMsgpack);
  EXPECT_FALSE(other.receive());
}

TEST_F(ServerTest, RequestsOfOneWriteAreAnsweredInOrderWithTheirSyncs) {
  RawConnection connection(server_->options().address);
  std::string out;
  for (std::uint64_t sync = 1; sync <= 100; ++sync) out += ping(sync);
  connection.send(out);
  for (std::uint64_t sync = 1; sync <= 100; ++sync) EXPECT_EQ(connection.response().sync, sync);
}

TEST_F(ServerTest, AClientThatDoesNotReadIsAnsweredOnceItDoes) {
  RawConnection connection(server_->options().address);
  connection.authenticate();
  std::string out;
  for (std::uint64_t sync = 1; sync <= 15; ++sync)  // 1.4 MB each
    iproto::append_operation(out, {.kind = OperationKind::select, .space = 512, .iterator = Iterator::all}, sync);
  connection.send(out);
  for (std::uint64_t sync = 1; sync <= 15; ++sync) {
    const auto response = connection.response();
    ASSERT_EQ(response.sync, sync);
    ASSERT_EQ(response.outcome.value().size(), 16'200U);
  }
}

TEST_F(ServerTest, TerminatedItAnswersWhatHasArrivedAndTellsItsCounts) {
  RawConnection connection(server_->options().address);
  connection.send(ping(1));
  EXPECT_EQ(connection.response().sync, 1U);
  const auto said = server_->stop();
  EXPECT_TRUE(said.ends_with("hotlap-tuplestore served requests=1 connections=1\n")) << said;
  EXPECT_FALSE(connection.receive());
}

TEST_F(ServerTest, APortInUseIsOneSentenceAndExitCodeOne) {
  auto second = Process::start({.arguments = {HOTLAP_BIN_DIR "/hotlap-tuplestore", "--port",
                                              std::to_string(server_->options().address.port())}});
  ASSERT_TRUE(second) << second.error().message;
  const auto exit = second->wait(std::chrono::seconds(10));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->status, 1);
  EXPECT_TRUE(second->output_tail().contains("is in use by another program")) << second->output_tail();
}

int probe(const std::string& address) {
  auto process = Process::start({.arguments = {HOTLAP_BIN_DIR "/hotlap-tuplestore", "--probe", address}});
  const auto exit = process.value().wait(std::chrono::seconds(10));
  return exit ? exit->status : -1;
}

TEST_F(ServerTest, TheProbeTellsReadyFromNot) {
  const auto address = server_->options().address.text();
  EXPECT_EQ(probe(address), 0);
  (void)server_->stop();
  EXPECT_EQ(probe(address), 21);
  EXPECT_EQ(probe("nonsense"), 2);
}

}  // namespace
}  // namespace hotlap::targets
