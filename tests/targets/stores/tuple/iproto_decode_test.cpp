#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "targets/stores/tuple/iproto.h"
#include "targets/stores/tuple/msgpack.h"

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

std::string answer_of(std::uint64_t sync, const std::vector<Tuple>& rows) {
  std::string bytes;
  AnswerFrame frame(bytes, sync);
  for (const auto& row : rows) msgpack::write_tuple(bytes, row);
  frame.finish(static_cast<std::uint32_t>(rows.size()));
  return bytes;
}

std::string bytes_of(const Tuple& tuple) {
  std::string bytes;
  msgpack::write_tuple(bytes, tuple);
  return bytes;
}

TEST(IprotoDecode, TheServerReadsWhatTheClientMeant) {
  Request request;
  for (const auto& operation : every_kind()) {
    std::string bytes;
    append_operation(bytes, operation, 77);
    read_request(bytes, request);
    ASSERT_EQ(request.parsed, Parsed::done);
    EXPECT_EQ(request.error_code, 0) << request.error_message;
    EXPECT_EQ(request.bytes, bytes.size());
    EXPECT_EQ(request.sync, 77U);
    EXPECT_EQ(request.space, operation.space);
    EXPECT_EQ(request.index, operation.index);
    EXPECT_EQ(request.offset, operation.offset);
    EXPECT_EQ(request.name, operation.text);
    using enum OperationKind;
    if (operation.kind == select) {
      EXPECT_EQ(request.type, RequestType::select);
      EXPECT_EQ(request.limit, operation.limit);
      EXPECT_EQ(request.iterator, std::to_underlying(operation.iterator));
    }
    if (!operation.key.empty()) {
      EXPECT_EQ(request.key, bytes_of(operation.key));
    }
    if (!operation.tuple.empty() && operation.changes.empty()) {
      EXPECT_EQ(request.tuple, bytes_of(operation.tuple));
    }
    if (operation.kind == upsert) {
      EXPECT_EQ(request.tuple, bytes_of(operation.tuple));
      EXPECT_EQ(request.operations, bytes_of("9293a12b010593a13d04a179"));
    }
    if (operation.kind == update) {
      EXPECT_EQ(request.tuple, bytes_of("9293a12b010593a13d04a179"));
    }
  }
}

TEST(IprotoDecode, ARequestCutOffAnywhereNeedsMore) {
  Request request;
  for (const auto& operation : every_kind()) {
    std::string bytes;
    append_operation(bytes, operation, 77);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      read_request(std::string_view(bytes).substr(0, size), request);
      EXPECT_EQ(request.parsed, Parsed::need_more) << size;
    }
  }
}

TEST(IprotoDecode, TheServerReadsUserAndScramble) {
  Scramble scramble;
  scramble.fill('s');
  std::string bytes;
  append_auth(bytes, "tesla", scramble, 1);
  Request request;
  read_request(bytes, request);
  EXPECT_EQ(request.type, RequestType::auth);
  EXPECT_EQ(request.name, "tesla");
  EXPECT_EQ(request.tuple, bytes_of(Tuple{std::string("chap-sha1"), std::string(20, 's')}));
}

TEST(IprotoDecode, ATypeThatIsNotServedKeepsItsSync) {
  Request request;
  read_request(bytes_of("06"
                        "8200490105"
                        "80"),
               request);  // IPROTO_ID, of later versions
  EXPECT_EQ(request.parsed, Parsed::done);
  EXPECT_EQ(request.error_code, code::kUnknownRequestType);
  EXPECT_EQ(request.sync, 5U);
}

TEST(IprotoDecode, ContentThatIsNoMsgpackIsRefusedAndTheNextFrameFound) {
  Request request;
  read_request(bytes_of("03"
                        "c1c1c1"),
               request);
  EXPECT_EQ(request.parsed, Parsed::done);
  EXPECT_EQ(request.bytes, 4U);
  EXPECT_EQ(request.error_code, code::kInvalidMsgpack);
}

TEST(IprotoDecode, AMissingFieldIsNamed) {
  Request request;
  read_request(bytes_of("06"
                        "8200010105"
                        "80"),
               request);
  EXPECT_EQ(request.error_code, code::kMissingRequestField);
  EXPECT_TRUE(request.error_message.contains("space id"));
}

TEST(IprotoDecode, LengthsBeyondTheLimitAreBadBeforeTheirBytesCome) {
  EXPECT_EQ(read_response(bytes_of("ce01000001")).parsed, Parsed::bad);
  EXPECT_EQ(read_response(bytes_of("cfffffffffffffffff")).parsed, Parsed::bad);
  EXPECT_EQ(read_response(bytes_of("a5")).parsed, Parsed::bad);
  EXPECT_EQ(read_response(bytes_of("00")).parsed, Parsed::bad);
}

TEST(IprotoDecode, ACountThatPromisesMoreThanTheFrameHoldsAllocatesNothing) {
  // A body of {data: array of 2^32-1}, and of nested promises.
  EXPECT_EQ(read_response(bytes_of("0c"
                                   "8200000105"
                                   "8130ddffffffff"))
                .parsed,
            Parsed::bad);
  EXPECT_EQ(read_response(bytes_of("0c"
                                   "8200000105"
                                   "dfffffffff3090"))
                .parsed,
            Parsed::bad);
}

TEST(IprotoDecode, DeepNestingFailsItsOperationOnly) {
  std::string body = "\x81\x30" + std::string(10'000, '\x91') + '\x01';
  std::string frame =
      bytes_of("cd") + static_cast<char>((body.size() + 5) >> 8) + static_cast<char>((body.size() + 5) & 0xff);
  frame += bytes_of("8200000105") + body;
  const auto response = read_response(frame);
  ASSERT_EQ(response.parsed, Parsed::done) << response.why;
  EXPECT_EQ(response.outcome.error().code, code::kLinkFailed);
}

TEST(IprotoDecode, RowsAndSingleValuesComeAsRows) {
  const Tuple row = {std::string("a"), std::int64_t{-1}, false, {}};
  const Tuple value = {std::int64_t{16'200}};
  std::string bytes = answer_of(3, {row, row});
  const auto rows = read_response(bytes);
  EXPECT_EQ(rows.sync, 3U);
  EXPECT_EQ(rows.outcome.value(), (Rows{row, row}));
  bytes.clear();
  AnswerFrame frame(bytes, 3);
  msgpack::write_value(bytes, value[0]);
  frame.finish(1);
  EXPECT_EQ(read_response(bytes).outcome.value(), Rows{value});
  bytes.clear();
  append_ok(bytes, 3);
  EXPECT_EQ(read_response(bytes).outcome.value(), Rows{});
}

// In each of its formats, and never beyond the bytes that are there.
TEST(IprotoDecode, AFieldIsReadFromEveryFormatOrNotAtAll) {
  const std::string long_text(300, 'x');
  const std::vector<std::pair<std::string, Field>> formats = {
      {bytes_of("c0"), {}},
      {bytes_of("c2"), false},
      {bytes_of("c3"), true},
      {bytes_of("7f"), std::int64_t{127}},
      {bytes_of("e0"), std::int64_t{-32}},
      {bytes_of("ccff"), std::int64_t{255}},
      {bytes_of("cd0100"), std::int64_t{256}},
      {bytes_of("ce00010000"), std::int64_t{65'536}},
      {bytes_of("cf7fffffffffffffff"), std::int64_t{INT64_MAX}},
      {bytes_of("d080"), std::int64_t{-128}},
      {bytes_of("d18000"), std::int64_t{-32'768}},
      {bytes_of("d280000000"), std::int64_t{INT32_MIN}},
      {bytes_of("d38000000000000000"), std::int64_t{INT64_MIN}},
      {bytes_of("a0"), ""},
      {bytes_of("a161"), "a"},
      {bytes_of("bf") + std::string(31, 'y'), std::string_view("yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy")},
      {bytes_of("d900"), ""},
      {bytes_of("d90161"), "a"},
      {bytes_of("c40161"), "a"},
      {bytes_of("da012c") + long_text, std::string_view(long_text)},
      {bytes_of("db0000012c") + long_text, std::string_view(long_text)},
  };
  for (const auto& [bytes, expected] : formats) {
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
      const std::string cut = bytes.substr(0, size);  // of its own, so that the sanitizer sees its end
      msgpack::Reader reader(cut);
      Field field;
      ASSERT_EQ(reader.field(field), size == bytes.size()) << static_cast<int>(bytes[0]) << ' ' << size;
      EXPECT_EQ(reader.at(), cut.data() + (size == bytes.size() ? size : 0));
    }
    msgpack::Reader reader(bytes);
    Field field;
    EXPECT_TRUE(reader.field(field));
    EXPECT_EQ(field, expected) << static_cast<int>(bytes[0]);
  }
  for (const auto* none : {"cf8000000000000000", "ca3f800000", "c1", "9101", "8101a0", "d40100"}) {
    const auto bytes = bytes_of(none);
    msgpack::Reader reader(bytes);
    Field field;
    EXPECT_FALSE(reader.field(field)) << none;
    EXPECT_EQ(reader.at(), bytes.data());
  }
}

TEST(IprotoDecode, ErrorsCarryTheirCodeAndUnknownKeysArePassedOver) {
  std::string bytes;
  append_error(bytes, 4, 36, "Space '700' does not exist");
  auto response = read_response(bytes);
  ASSERT_EQ(response.parsed, Parsed::done);
  EXPECT_EQ(response.outcome.error().code, 36);
  EXPECT_EQ(response.outcome.error().message, "Space '700' does not exist");
  // {error: "no", 0x52: {0: [{0: "ClientError", 2: 1.5}]}}, as since 2.4.1
  response =
      read_response(bytes_of("2a"
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
      read_response(bytes_of("11"
                             "8200000105"
                             "813091"
                             "cb3ff8000000000000"));
  ASSERT_EQ(response.parsed, Parsed::done);
  ASSERT_FALSE(response.outcome);
  EXPECT_EQ(response.outcome.error().code, code::kLinkFailed);
}

TEST(IprotoDecode, AResponseCutOffAnywhereNeedsMore) {
  const Tuple row = {std::string(300, 'a'), std::int64_t{-1}, false};
  const auto bytes = answer_of(3, {row, row, row});
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(read_response(std::string_view(bytes).substr(0, size)).parsed, Parsed::need_more) << size;
}

// Noise, and noise sprinkled over valid frames: the answer is any of the three, the sanitizers watch the rest.
TEST(IprotoDecode, GarbageNeverCrashes) {
  std::mt19937 engine(2017);
  const auto below = [&](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(engine);
  };
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
    read_request(bytes, request);
    const auto response = read_response(bytes);
    EXPECT_LE(request.bytes, bytes.size());
    EXPECT_LE(response.bytes, bytes.size());
    answered += request.parsed == Parsed::done;
  }
  EXPECT_GT(answered, 0U);
}

}  // namespace
}  // namespace hotlap::targets::iproto
