// Servers that break the protocol on purpose. Whatever they do, the program ends in time, in bounded memory, with a
// sound document; nothing of it is good; and the error has the right name. Sources: RFC 9112 §4, §5, §6.3, §7.1.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/calibration/known_server.h"
#include "tests/calibration/load_program.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HOTLAP_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HOTLAP_SANITIZED 1
#endif
#endif

namespace hotlap::calibration {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

[[maybe_unused]] constexpr std::int64_t kMostMemoryBytes = 64 << 20;
constexpr Nanos kWindow = 120ms;
constexpr Nanos kTimeout = 80ms;
constexpr Nanos kGrace = 50ms;
constexpr Nanos kStartAndEndOfAProcess = 3s;  // under a sanitizer, on a busy machine

using Then = Behaviour::Then;

struct Hostile {
  std::string name;
  Behaviour behaviour;
  std::string kind;  // the error it must be called
};

// Again when the machine stood still for the whole of the window: then nothing was sent, and nothing is said of the
// load.
LoadRun attack(const Behaviour& behaviour, const std::string& depth, Truth* truth = nullptr) {
  constexpr int kTries = 3;
  LoadRun run;
  for (int tries = 0; tries < kTries && run.measurement.total.sent == 0; ++tries) {
    auto server = KnownServer::start(behaviour);
    EXPECT_TRUE(server);
    run = run_load_program(
        {"-c", "2", "--pipeline", depth, "-d", write_duration(kWindow), "--timeout", write_duration(kTimeout)},
        server->url());
    const auto& known = server->stop();
    if (truth) *truth = known;
  }
  EXPECT_LT(run.took, kWindow + kTimeout + kGrace + kStartAndEndOfAProcess);
  EXPECT_GT(run.measurement.total.sent, 0U);
#ifndef HOTLAP_SANITIZED
  EXPECT_LT(run.exit.max_resident_bytes, kMostMemoryBytes);
#endif
  return run;
}

void PrintTo(const Hostile& hostile, std::ostream* out) {
  *out << hostile.name;
}

class Attack : public testing::TestWithParam<std::tuple<Hostile, std::string>> {};

TEST_P(Attack, IsNamedAndNeverGood) {
  const auto& [hostile, depth] = GetParam();
  const auto run = attack(hostile.behaviour, depth);
  EXPECT_EQ(run.measurement.total.good, 0U);
  EXPECT_EQ(run.measurement.total.answered, 0U);
  EXPECT_GT(run.errors(hostile.kind), 0U) << "not called " << hostile.kind << ": " << run.kinds();
  EXPECT_EQ(run.measurement.verdict.level, load::VerdictLevel::invalid);
  EXPECT_EQ(run.exit.status, 20);
}

const std::string kOk = "HTTP/1.1 200 OK\r\n";
const std::string kChunked = kOk + "Transfer-Encoding: chunked\r\n\r\n";
const std::string kUgly = kOk + "Content-Length: 4\r\n\r\nUGLY";

// A whole response, broken in one place.
Hostile broken(std::string name, std::string answer) {
  return {std::move(name), {.answer = std::move(answer)}, "parse"};
}

// Nothing wrong so far, but it never ends.
Hostile never_ends(std::string name, std::string answer, std::string endless = "") {
  return {std::move(name), {.only_first = true, .answer = std::move(answer), .endless = std::move(endless)}, "timeout"};
}

// Its end would lie beyond a limit of ours.
Hostile too_much(std::string name, std::string answer, std::string endless) {
  return {std::move(name), {.only_first = true, .answer = std::move(answer), .endless = std::move(endless)}, "parse"};
}

std::vector<Hostile> hostile_servers() {
  return {
      too_much("EndlessHeaders", kOk, "X-A: aaaaaaaaaaaaaaaaaaaa\r\n"),
      too_much("EndlessHeaderName", kOk, "aaaaaaaa"),
      too_much("EndlessHeaderValue", kOk + "X-A: ", "aaaaaaaa"),
      too_much("EndlessStatusLine", "HTTP/1.1 200 ", "aaaaaaaa"),
      too_much("EndlessZerosInAChunkSize", kChunked, "0000"),
      never_ends("EndlessInterimResponses", "", "HTTP/1.1 103 Early Hints\r\n\r\n"),
      never_ends("EndlessContinue", "", "HTTP/1.1 100 Continue\r\n\r\n"),
      never_ends("EndlessBodyUntilClose", kOk + "\r\n", "aaaaaaaa"),
      never_ends("EndlessBodyOfHugeLength", kOk + "Content-Length: 999999999999999999\r\n\r\n", "aaaaaaaa"),
      never_ends("EndlessChunks", kChunked, "1\r\na\r\n"),
      never_ends("EndlessHugeChunk", kChunked + "fffffffffffffff\r\n", "aaaaaaaa"),
      never_ends("EndlessChunkExtension", kChunked + "1;", "aaaaaaaa"),
      never_ends("EndlessTrailers", kChunked + "0\r\n", "X-A: a\r\n"),
      never_ends("Silence", "", ""),
      never_ends("HalfAStatusLineThenSilence", "HTTP/1.1 20"),
      never_ends("HalfAHeadThenSilence", kOk + "Content-Le"),
      never_ends("HalfABodyThenSilence", kOk + "Content-Length: 4\r\n\r\nUG"),
      never_ends("HalfAChunkThenSilence", kChunked + "4\r\nUG"),
      never_ends("ChunksWithoutTheLast", kChunked + "4\r\nUGLY\r\n"),
      never_ends("OnlyAnInterimResponse", "HTTP/1.1 100 Continue\r\n\r\n"),
      broken("ChunkSizeOfSixteenDigits", kChunked + "ffffffffffffffff\r\nUGLY\r\n0\r\n\r\n"),
      broken("ChunkSizeOfSeventeenDigits", kChunked + "10000000000000004\r\nUGLY\r\n0\r\n\r\n"),
      broken("ChunkSizeOfManyDigits", kChunked + std::string(300, 'f') + "\r\nUGLY\r\n0\r\n\r\n"),
      broken("NegativeChunkSize", kChunked + "-4\r\nUGLY\r\n0\r\n\r\n"),
      broken("ChunkSizeWithPrefix", kChunked + "0x4\r\nUGLY\r\n0\r\n\r\n"),
      broken("TrailerWithoutColon", kChunked + "4\r\nUGLY\r\n0\r\n" + kUgly),
      broken("ChunkSizeMissing", kChunked + "\r\nUGLY\r\n0\r\n\r\n"),
      broken("ChunkLongerThanItsSize", kChunked + "3\r\nUGLY\r\n0\r\n\r\n"),
      broken("ChunkExtensionWithNul", kChunked + "4;a="s + '\0' + "\r\nUGLY\r\n0\r\n\r\n"),
      broken("ChunkedWithBareLineFeeds", kChunked + "4\nUGLY\n0\n\n"),
      broken("TrailerWithNul", kChunked + "4\r\nUGLY\r\n0\r\nX-A: "s + '\0' + "\r\n\r\n"),
      broken("TwoLengths", kOk + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nUGLY"),
      broken("LengthAndChunked", kOk + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nUGLY\r\n0\r\n\r\n"),
      broken("ChunkedAndLength", kOk + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nUGLY"),
      broken("LengthList", kOk + "Content-Length: 4, 5\r\n\r\nUGLY"),
      broken("NegativeLength", kOk + "Content-Length: -4\r\n\r\nUGLY"),
      broken("LengthWithPlus", kOk + "Content-Length: +4\r\n\r\nUGLY"),
      broken("LengthWithBlankInside", kOk + "Content-Length: 4 4\r\n\r\nUGLY"),
      broken("LengthWithFraction", kOk + "Content-Length: 4.0\r\n\r\nUGLY"),
      broken("LengthInHex", kOk + "Content-Length: 0x4\r\n\r\nUGLY"),
      broken("LengthEmpty", kOk + "Content-Length:\r\n\r\nUGLY"),
      broken("LengthBeyondSixtyFourBits", kOk + "Content-Length: 18446744073709551620\r\n\r\nUGLY"),
      broken("BlankBeforeTheColon", kOk + "Content-Length : 4\r\n\r\nUGLY"),
      broken("NulInAValue", kOk + "X-A: a"s + '\0' + "b\r\nContent-Length: 4\r\n\r\nUGLY"),
      broken("NulInAName", kOk + "X-"s + '\0' + "A: b\r\nContent-Length: 4\r\n\r\nUGLY"),
      broken("NulInTheStatusLine", "HTTP/1.1 200 O"s + '\0' + "K\r\nContent-Length: 4\r\n\r\nUGLY"),
      broken("NulFirst", std::string(1, '\0') + kUgly),
      broken("BareLineFeeds", "HTTP/1.1 200 OK\nContent-Length: 4\n\nUGLY"),
      broken("BareLineFeedAfterAField", kOk + "Content-Length: 4\n\r\nUGLY"),
      broken("BareLineFeedAtTheEnd", kOk + "Content-Length: 4\r\n\nUGLY"),
      broken("BareCarriageReturn", kOk + "X-A: a\rContent-Length: 4\r\n\r\nUGLY"),
      broken("FoldedField", kOk + "X-A: a\r\n b\r\nContent-Length: 4\r\n\r\nUGLY"),
      broken("FieldWithoutColon", kOk + "garbage\r\nContent-Length: 4\r\n\r\nUGLY"),
      broken("FieldWithoutName", kOk + ": a\r\nContent-Length: 4\r\n\r\nUGLY"),
      broken("StatusOfTwoDigits", "HTTP/1.1 99 OK\r\nContent-Length: 4\r\n\r\nUGLY"),
      broken("StatusOfFourDigits", "HTTP/1.1 1000 OK\r\nContent-Length: 4\r\n\r\nUGLY"),
      broken("StatusBelowHundred", "HTTP/1.1 099 OK\r\nContent-Length: 4\r\n\r\nUGLY"),
      broken("StatusSixHundred", "HTTP/1.1 600 OK\r\nContent-Length: 4\r\n\r\nUGLY"),
      broken("StatusNegative", "HTTP/1.1 -20 OK\r\nContent-Length: 4\r\n\r\nUGLY"),
      broken("StatusMissing", "HTTP/1.1 OK\r\nContent-Length: 4\r\n\r\nUGLY"),
      broken("VersionTwo", "HTTP/2.0 200 OK\r\nContent-Length: 4\r\n\r\nUGLY"),
      broken("VersionWithTwoDigits", "HTTP/1.10 200 OK\r\nContent-Length: 4\r\n\r\nUGLY"),
      broken("VersionInLowerCase", "http/1.1 200 OK\r\nContent-Length: 4\r\n\r\nUGLY"),
      broken("AnotherProtocol", "220 mail ESMTP\r\n"),
      broken("BlankBeforeTheVersion", " " + kUgly),
      broken("VeryLongStatusLine", "HTTP/1.1 200 " + std::string(100'000, 'a') + "\r\nContent-Length: 4\r\n\r\nUGLY"),
      broken("VeryLongField", kOk + "X-A: " + std::string(100'000, 'a') + "\r\nContent-Length: 4\r\n\r\nUGLY"),
      {"ResetAtOnce", {.answer = "", .then = Then::reset}, "reset"},
      {"ResetInTheHead", {.answer = "HTTP/1.1 200 O", .then = Then::reset}, "reset"},
      {"ResetInTheBody", {.answer = kOk + "Content-Length: 4\r\n\r\nUG", .then = Then::reset}, "reset"},
      {"ResetInABodyUntilClose", {.answer = kOk + "\r\nUGLY", .then = Then::reset}, "reset"},
      {"CloseInTheHead", {.answer = kOk + "Content-Le", .then = Then::close}, "eof_midresponse"},
      {"CloseInTheBody", {.answer = kOk + "Content-Length: 4\r\n\r\nUG", .then = Then::close}, "eof_midresponse"},
      {"CloseInAChunk", {.answer = kChunked + "4\r\nUG", .then = Then::close}, "eof_midresponse"},
      {"CloseBeforeTheLastChunk", {.answer = kChunked + "4\r\nUGLY\r\n", .then = Then::close}, "eof_midresponse"},
      {"CloseAfterAnInterimResponse",
       {.answer = "HTTP/1.1 103 Early Hints\r\n\r\n", .then = Then::close},
       "eof_before_response"},
  };
}

INSTANTIATE_TEST_SUITE_P(Hostile, Attack,
                         testing::Combine(testing::ValuesIn(hostile_servers()), testing::Values("1", "4")),
                         [](const auto& one) {
                           return std::get<0>(one.param).name + "AtDepth" + std::get<1>(one.param);
                         });

// The n-th answer is cut after n mod 43 bytes: every place of the response has its turn. Only whole ones are good.
TEST(Hostile, ResetsAtEveryByteLeaveOnlyWholeResponsesGood) {
  auto server = KnownServer::start({.then = Then::reset, .cut = true});
  ASSERT_TRUE(server);
  // Resets cost a pause that grows to 256 ms for each connection, so many connections have to share the places.
  const auto run = run_load_program({"-c", "40", "-d", "400ms", "--timeout", "100ms"}, server->url());
  const auto& truth = server->stop();
  EXPECT_GT(truth.requests, 43U) << "every byte had its turn";
  const auto& total = run.measurement.total;
  EXPECT_EQ(total.good, truth.right);
  EXPECT_EQ(total.answered, truth.right);
  EXPECT_GT(run.errors("reset"), 0U) << run.kinds();
  // A reset that a stall of the machine holds up comes after the deadline.
  EXPECT_GE(total.failed + total.timed_out + total.in_flight_at_end, truth.unanswered) << run.kinds();
  EXPECT_NE(run.measurement.verdict.level, load::VerdictLevel::valid);
}

TEST(Hostile, ManyAnswersToOneRequestAreOneAnswerAndAnError) {
  std::string twenty;
  for (int i = 0; i < 20; ++i) twenty += kUgly;
  Truth truth;
  const auto run = attack({.answer = twenty}, "1", &truth);
  EXPECT_LE(run.measurement.total.answered, truth.requests);
  EXPECT_GT(run.errors("unexpected_response"), 0U) << run.kinds();
  EXPECT_NE(run.measurement.verdict.level, load::VerdictLevel::valid);
  EXPECT_TRUE(std::ranges::any_of(run.measurement.verdict.reasons, [](const std::string& reason) {
    return reason.find("without being asked") != std::string::npos;
  })) << "the verdict has another reason";
}

TEST(Hostile, BytesBehindABodyAreNotLost) {
  const auto run = attack({.answer = kUgly + "UGLY"}, "1");
  EXPECT_GT(run.errors("unexpected_response"), 0U) << run.kinds();
  EXPECT_NE(run.measurement.verdict.level, load::VerdictLevel::valid);
}

// RFC 9110 §15.2.2: only after a request with Upgrade.
TEST(Hostile, SwitchingOfProtocolsIsNoAnswerAndNothingAfterItIs) {
  const auto run = attack({.answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + kUgly}, "1");
  EXPECT_EQ(run.measurement.total.good, 0U);
  EXPECT_GT(run.errors("parse"), 0U) << run.kinds();
}

}  // namespace
}  // namespace hotlap::calibration
