#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "targets/stores/tuple/iproto.h"

namespace hotlap::targets::iproto {
namespace {

std::string bytes_of(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2)
    bytes += static_cast<char>(digit(hex[at]) << 4 | digit(hex[at + 1]));
  return bytes;
}

std::vector<Operation> every_kind() {
  using enum OperationKind;
  const Tuple tuple = {std::string(300, 'x'), std::int64_t{-70'000}, true, {}, std::int64_t{1} << 40};
  const std::vector<Change> changes = {{'+', 1, std::int64_t{5}}, {'=', 4, std::string("y")}};
  return {
      {.kind = ping},
      {.kind = select, .space = 512, .index = 2, .iterator = Iterator::ge, .limit = 9, .offset = 3, .key = {tuple[0]}},
      {.kind = insert, .space = 513, .tuple = tuple},
      {.kind = replace, .space = 514, .tuple = tuple},
      {.kind = update, .space = 515, .index = 1, .key = {tuple[1]}, .changes = changes},
      {.kind = upsert, .space = 516, .tuple = tuple, .changes = changes},
      {.kind = erase, .space = 512, .key = {tuple[0]}},
      {.kind = call, .tuple = tuple, .text = "f"},
      {.kind = call, .tuple = tuple, .changes = changes, .text = "f"},
      {.kind = eval, .tuple = tuple, .text = "return ..."}};
}

TEST(IprotoDecode, TheServerReadsEveryOperationAsTheClientMeantIt) {
  Decoder decoder;
  Request request;
  for (const auto& operation : every_kind()) {
    std::string bytes;
    append_operation(bytes, operation, 77);
    decoder.request(bytes, request);
    ASSERT_EQ(request.parsed, Parsed::done);
    EXPECT_EQ(request.error_code, 0) << request.error_message;
    EXPECT_EQ(request.bytes, bytes.size());
    EXPECT_EQ(request.sync, 77U);
    std::string again;
    append_operation(again, request.operation, 77);
    EXPECT_EQ(again, bytes);
  }
}

TEST(IprotoDecode, ARequestCutOffAnywhereNeedsMore) {
  Decoder decoder;
  Request request;
  for (const auto& operation : every_kind()) {
    std::string bytes;
    append_operation(bytes, operation, 77);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      decoder.request(std::string_view(bytes).substr(0, size), request);
      EXPECT_EQ(request.parsed, Parsed::need_more) << size;
    }
  }
}

TEST(IprotoDecode, TheServerReadsUserAndScramble) {
  Scramble scramble;
  scramble.fill('s');
  std::string bytes;
  append_auth(bytes, "tesla", scramble, 1);
  Decoder decoder;
  Request request;
  decoder.request(bytes, request);
  EXPECT_EQ(request.type, RequestType::auth);
  EXPECT_EQ(request.user, "tesla");
  EXPECT_EQ(request.scramble, std::string(20, 's'));
}

TEST(IprotoDecode, ATypeThatIsNotServedKeepsItsSync) {
  Decoder decoder;
  Request request;
  decoder.request(bytes_of("06"
                           "8200490105"
                           "80"),
                  request);  // IPROTO_ID, of later versions
  EXPECT_EQ(request.parsed, Parsed::done);
  EXPECT_EQ(request.error_code, code::kUnknownRequestType);
  EXPECT_EQ(request.sync, 5U);
}

TEST(IprotoDecode, ContentThatIsNoMsgpackIsRefusedAndTheNextFrameFound) {
  Decoder decoder;
  Request request;
  decoder.request(bytes_of("03"
                           "c1c1c1"),
                  request);
  EXPECT_EQ(request.parsed, Parsed::done);
  EXPECT_EQ(request.bytes, 4U);
  EXPECT_EQ(request.error_code, code::kInvalidMsgpack);
}

TEST(IprotoDecode, AMissingFieldIsNamed) {
  Decoder decoder;
  Request request;
  decoder.request(bytes_of("06"
                           "8200010105"
                           "80"),
                  request);
  EXPECT_EQ(request.error_code, code::kMissingRequestField);
  EXPECT_TRUE(request.error_message.contains("space id"));
}

TEST(IprotoDecode, LengthsBeyondTheLimitAreBadBeforeTheirBytesCome) {
  Decoder decoder;
  EXPECT_EQ(decoder.response(bytes_of("ce01000001")).parsed, Parsed::bad);
  EXPECT_EQ(decoder.response(bytes_of("cfffffffffffffffff")).parsed, Parsed::bad);
  EXPECT_EQ(decoder.response(bytes_of("a5")).parsed, Parsed::bad);
  EXPECT_EQ(decoder.response(bytes_of("00")).parsed, Parsed::bad);
}

TEST(IprotoDecode, ACountThatPromisesMoreThanTheFrameHoldsAllocatesNothing) {
  Decoder decoder;
  // A body of {data: array of 2^32-1}, and of nested promises.
  EXPECT_EQ(decoder
                .response(bytes_of("0c"
                                   "8200000105"
                                   "8130ddffffffff"))
                .parsed,
            Parsed::bad);
  EXPECT_EQ(decoder
                .response(bytes_of("0c"
                                   "8200000105"
                                   "dfffffffff3090"))
                .parsed,
            Parsed::bad);
}

TEST(IprotoDecode, DeepNestingIsBad) {
  std::string body = "\x81\x30" + std::string(10'000, '\x91') + '\x01';
  std::string frame =
      bytes_of("cd") + static_cast<char>((body.size() + 5) >> 8) + static_cast<char>((body.size() + 5) & 0xff);
  frame += bytes_of("8200000105") + body;
  EXPECT_EQ(Decoder().response(frame).parsed, Parsed::bad);
}

TEST(IprotoDecode, RowsAndSingleValuesComeAsRows) {
  const Tuple row = {std::string("a"), std::int64_t{-1}, false, {}};
  const Tuple value = {std::int64_t{16'200}};
  Decoder decoder;
  std::string bytes;
  append_rows(bytes, 3, {&row, &row}, false);
  const auto rows = decoder.response(bytes);
  EXPECT_EQ(rows.sync, 3U);
  EXPECT_EQ(rows.outcome.value(), (Rows{row, row}));
  bytes.clear();
  append_rows(bytes, 3, {&value}, true);
  EXPECT_EQ(decoder.response(bytes).outcome.value(), Rows{value});
  bytes.clear();
  append_ok(bytes, 3);
  EXPECT_EQ(decoder.response(bytes).outcome.value(), Rows{});
}

TEST(IprotoDecode, ErrorsCarryTheirCodeAndUnknownKeysArePassedOver) {
  Decoder decoder;
  std::string bytes;
  append_error(bytes, 4, 36, "Space '700' does not exist");
  auto response = decoder.response(bytes);
  ASSERT_EQ(response.parsed, Parsed::done);
  EXPECT_EQ(response.outcome.error().code, 36);
  EXPECT_EQ(response.outcome.error().message, "Space '700' does not exist");
  // {error: "no", 0x52: {0: [{0: "ClientError", 2: 1.5}]}}, as since 2.4.1
  response =
      decoder.response(bytes_of("2a"
                                "8300cd80030104050a"
                                "82"
                                "31a26e6f"
                                "52"
                                "8100918200ab436c69656e744572726f7202cb3ff8000000000000"));
  ASSERT_EQ(response.parsed, Parsed::done) << response.why;
  EXPECT_EQ(response.outcome.error().code, 3);
  EXPECT_EQ(response.outcome.error().message, "no");
}

TEST(IprotoDecode, AValueWithoutCounterpartFailsItsOperationOnly) {
  const auto response =
      Decoder().response(bytes_of("11"
                                  "8200000105"
                                  "813091"
                                  "cb3ff8000000000000"));
  ASSERT_EQ(response.parsed, Parsed::done);
  ASSERT_FALSE(response.outcome);
  EXPECT_EQ(response.outcome.error().code, code::kLinkFailed);
}

TEST(IprotoDecode, AResponseCutOffAnywhereNeedsMore) {
  const Tuple row = {std::string(300, 'a'), std::int64_t{-1}, false};
  std::string bytes;
  append_rows(bytes, 3, {&row, &row, &row}, false);
  Decoder decoder;
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(decoder.response(std::string_view(bytes).substr(0, size)).parsed, Parsed::need_more) << size;
}

// Noise, and noise sprinkled over valid frames: the answer is any of the three, the sanitizers watch the rest.
TEST(IprotoDecode, GarbageNeverCrashes) {
  std::mt19937 engine(2017);
  const auto below = [&](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(engine);
  };
  Decoder decoder;
  Request request;
  std::size_t answered = 0;
  const auto operations = every_kind();
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes;
    if (round % 2 == 0) {
      for (std::size_t size = below(64); size > 0; --size) bytes += static_cast<char>(below(256));
    } else {
      append_operation(bytes, operations[below(operations.size())], 9);
      for (std::size_t hits = 1 + below(4); hits > 0; --hits)
        bytes[below(bytes.size())] = static_cast<char>(below(256));
    }
    decoder.request(bytes, request);
    const auto response = decoder.response(bytes);
    EXPECT_LE(request.bytes, bytes.size());
    EXPECT_LE(response.bytes, bytes.size());
    answered += request.parsed == Parsed::done;
  }
  EXPECT_GT(answered, 0U);
}

}  // namespace
}  // namespace hotlap::targets::iproto
