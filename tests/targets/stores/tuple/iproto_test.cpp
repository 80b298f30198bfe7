#include "targets/stores/tuple/iproto.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "targets/stores/tuple/msgpack.h"

namespace hotlap::targets::iproto {
namespace {

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
    text += "0123456789abcdef"[static_cast<unsigned char>(byte) & 0xf];
  }
  return text;
}

std::string encoded(const Operation& operation) {
  std::string out;
  append_operation(out, operation, 5);
  return hex(out);
}

// Bytes worked out by hand from the protocol's description.
TEST(Iproto, EncodesAPing) {
  EXPECT_EQ(encoded({}),
            "ce00000006"
            "8200400105"
            "80");
}

TEST(Iproto, EncodesASelect) {
  const Operation operation{
      .kind = OperationKind::select, .space = 512, .index = 1, .iterator = Iterator::le, .limit = 9, .key = {}};
  EXPECT_EQ(encoded(operation),
            "ce00000014"
            "8200010105"
            "86"
            "10cd0200"
            "1101"
            "1209"
            "1300"
            "1404"
            "2090");
}

TEST(Iproto, EncodesInsertAndReplace) {
  Operation operation{
      .kind = OperationKind::insert, .space = 515, .tuple = {std::string("u"), std::int64_t{-1}, true, {}}};
  EXPECT_EQ(encoded(operation),
            "ce00000011"
            "8200020105"
            "82"
            "10cd0203"
            "2194a175ffc3c0");
  operation.kind = OperationKind::replace;
  EXPECT_EQ(encoded(operation),
            "ce00000011"
            "8200030105"
            "82"
            "10cd0203"
            "2194a175ffc3c0");
}

TEST(Iproto, EncodesAnUpdateWithFieldsFromZero) {
  const Operation operation{.kind = OperationKind::update,
                            .space = 516,
                            .key = {std::int64_t{1}},
                            .changes = {{'+', 2, std::int64_t{1}}, {'=', 3, std::string("x")}}};
  EXPECT_EQ(encoded(operation),
            "ce0000001c"
            "8200040105"
            "84"
            "10cd0204"
            "1100"
            "209101"
            "2192"
            "93a12b0201"
            "93a13d03a178");
}

TEST(Iproto, EncodesAnUpsert) {
  const Operation operation{.kind = OperationKind::upsert,
                            .space = 515,
                            .tuple = {std::string("u"), std::int64_t{7}},
                            .changes = {{'+', 2, std::int64_t{1}}}};
  EXPECT_EQ(encoded(operation),
            "ce00000016"
            "8200090105"
            "83"
            "10cd0203"
            "2192a17507"
            "289193a12b0201");
}

TEST(Iproto, EncodesADelete) {
  const Operation operation{.kind = OperationKind::erase, .space = 514, .key = {std::string("t")}};
  EXPECT_EQ(encoded(operation),
            "ce00000010"
            "8200050105"
            "83"
            "10cd0202"
            "1100"
            "2091a174");
}

TEST(Iproto, EncodesCallAndEvalWithTheirArguments) {
  Operation operation{.kind = OperationKind::call, .tuple = {std::int64_t{300}}, .text = "f"};
  EXPECT_EQ(encoded(operation),
            "ce0000000e"
            "82000a0105"
            "82"
            "22a166"
            "2191cd012c");
  operation.kind = OperationKind::eval;
  EXPECT_EQ(encoded(operation),
            "ce0000000e"
            "8200080105"
            "82"
            "27a166"
            "2191cd012c");
}

TEST(Iproto, ACallWithChangesPassesTupleAndChangesCountedFromOne) {
  const Operation operation{
      .kind = OperationKind::call, .tuple = {std::string("u")}, .changes = {{'+', 2, std::int64_t{1}}}, .text = "f"};
  EXPECT_EQ(encoded(operation),
            "ce00000014"
            "82000a0105"
            "82"
            "22a166"
            "2192"
            "91a175"
            "9193a12b0301");
}

TEST(Iproto, FramesFollowEachOtherInOneString) {
  std::string out;
  append_operation(out, {}, 1);
  append_operation(out, {}, 1000);
  EXPECT_EQ(hex(out),
            "ce00000006"
            "8200400101"
            "80"
            "ce00000008"
            "82004001cd03e8"
            "80");
}

TEST(Iproto, RowsHaveTheLayoutOfTheRealServer) {
  std::string out;
  const Tuple row = {std::string("a"), std::int64_t{1}};
  AnswerFrame frame(out, 9);
  msgpack::write_tuple(out, row);
  frame.finish(1);
  EXPECT_EQ(hex(out),
            "ce00000022"
            "8300ce0000000001cf000000000000000905ce00000001"
            "8130dd00000001"
            "92a16101");
}

TEST(Iproto, AGreetingIsReadBackAsItWasWritten) {
  Salt salt;
  for (std::size_t byte = 0; byte < salt.size(); ++byte) salt[byte] = static_cast<unsigned char>(byte * 7);
  const auto written = write_greeting("Tarantool 2.6.0 (Binary) 7d2f5ab2-52a5-4fd8-a1a7-4b5b0a5e2d6f", salt);
  ASSERT_EQ(written.size(), kGreetingBytes);
  const auto read = parse_greeting(written);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->server, "Tarantool 2.6.0 (Binary) 7d2f5ab2-52a5-4fd8-a1a7-4b5b0a5e2d6f");
  EXPECT_EQ(read->salt, salt);
}

TEST(Iproto, AnythingElseIsNoGreeting) {
  const auto good = write_greeting("Tarantool 2.6.0 (Binary) x", Salt{});
  EXPECT_FALSE(parse_greeting(""));
  EXPECT_FALSE(parse_greeting(std::string_view(good).substr(0, 127)));
  EXPECT_FALSE(parse_greeting("HTTP/1.1 400 Bad Request\r\n" + std::string(102, ' ')));
  auto broken = good;
  broken[70] = '*';  // no base64
  EXPECT_FALSE(parse_greeting(broken));
}

TEST(Iproto, TheScrambleLetsTheServerRecoverTheHashOfThePassword) {
  Salt salt{};
  salt.fill(3);
  const auto right = scramble_password("secret", salt);
  EXPECT_EQ(right, scramble_password("secret", salt));
  EXPECT_NE(right, scramble_password("Secret", salt));
  auto beyond = salt;
  beyond[20] ^= 1;  // only the first 20 bytes count
  EXPECT_EQ(right, scramble_password("secret", beyond));
  salt[19] ^= 1;
  EXPECT_NE(right, scramble_password("secret", salt));
}

}  // namespace
}  // namespace hotlap::targets::iproto
