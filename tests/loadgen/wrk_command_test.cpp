#include "loadgen/faces/wrk_command.h"

#include <gtest/gtest.h>

#include "loadgen/faces/wrk_units.h"

namespace hotlap::loadgen::wrk {
namespace {

std::expected<Command, int> parsed(Dialect dialect, std::vector<std::string> words) {
  words.insert(words.begin(), "wrk");
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  return parse({.dialect = dialect, .first = 1}, static_cast<int>(pointers.size()), pointers.data());
}

Command command(std::vector<std::string> words) {
  auto read = parsed(Dialect::wrk, std::move(words));
  EXPECT_TRUE(read);
  return read ? *read : Command{};
}

Result<std::optional<Choice>> chosen(std::vector<std::string> words) {
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  return choose(static_cast<int>(pointers.size()), pointers.data());
}

TEST(WrkUnits, CountsAndTimesAreReadAsWrkReadsThem) {
  EXPECT_EQ(read_count("10"), 10);
  EXPECT_EQ(read_count("2k"), 2'000);
  EXPECT_EQ(read_count("3 M"), 3'000'000);
  EXPECT_EQ(read_count("1g"), 1'000'000'000);
  for (const char* wrong : {"", "x", "10kk", "1.5k", "5s", "99999999999P"}) EXPECT_FALSE(read_count(wrong)) << wrong;
  EXPECT_EQ(read_seconds("90"), 90);
  EXPECT_EQ(read_seconds("90S"), 90);
  EXPECT_EQ(read_seconds("2m"), 120);
  EXPECT_EQ(read_seconds("1h"), 3'600);
  for (const char* wrong : {"1ms", "1.5s", "s", "2d"}) EXPECT_FALSE(read_seconds(wrong)) << wrong;
}

TEST(WrkUnits, UnitsStepUpAtEightyFivePerCent) {
  EXPECT_EQ(seconds_text(30), "30s");
  EXPECT_EQ(seconds_text(50), "50s");
  EXPECT_EQ(seconds_text(51), "1m");
  EXPECT_EQ(seconds_text(3'600), "60m");  // wrk never comes to hours
  EXPECT_EQ(time_text(849.99L), "849.99us");
  EXPECT_EQ(time_text(850), "0.85ms");
  EXPECT_EQ(time_text(999'000), "999.00ms");
  EXPECT_EQ(time_text(1'100'000), "1.10s");
  EXPECT_EQ(time_text(51e6L), "0.85m");
  EXPECT_EQ(metric_text(92'970), "92.97k");
  EXPECT_EQ(metric_text(850e9L), "0.85T");
  EXPECT_EQ(binary_text(80), "80.00");
  EXPECT_EQ(binary_text(1'024 * 1'024), "1.00M");
}

TEST(WrkUnits, ColumnsLeaveRoomForTwoLettersOfUnit) {
  EXPECT_EQ(column("13.00us", 10), "   13.00us");
  EXPECT_EQ(column("1.10s", 10), "    1.10s ");
  EXPECT_EQ(column("0.00", 8), "  0.00  ");
  EXPECT_EQ(column("123456789.00us", 8), "12345678");  // cut, as printf's precision does
}

TEST(WrkCommand, FlagsBecomeALoadAndDefaultsAreWrks) {
  const auto plain = command({"http://127.0.0.1:8080/"});
  EXPECT_EQ(plain.spec.threads, 2);
  EXPECT_EQ(plain.spec.connections, 10);
  EXPECT_EQ(plain.spec.duration, std::chrono::seconds(10));
  EXPECT_EQ(plain.spec.timeout, std::chrono::seconds(2));
  EXPECT_FALSE(plain.spec.open_loop());
  EXPECT_FALSE(plain.latency);
  const auto given =
      command({"-t3", "-c", "1k", "--dur=2m", "-T", "5", "--lat", "-s", "a.lua", "http://h/x", "one", "--", "-c", "2"});
  EXPECT_EQ(given.spec.threads, 3);
  EXPECT_EQ(given.spec.connections, 1'000);
  EXPECT_EQ(given.spec.duration, std::chrono::minutes(2));
  EXPECT_EQ(given.spec.timeout, std::chrono::seconds(5));
  EXPECT_TRUE(given.latency);
  EXPECT_EQ(given.script_path, "a.lua");
  EXPECT_EQ(given.arguments, (std::vector<std::string>{"http://h/x", "one", "-c", "2"}));
}

TEST(WrkCommand, OnlyStatusesFrom400AreHeldAgainstTheTarget) {
  const auto expect = command({"http://h/"}).spec.expect;
  EXPECT_LE(expect.status_low, 200);
  EXPECT_EQ(expect.status_high, 399);
}

TEST(WrkCommand, HeadersAreTakenAsWrkTakesThem) {
  const auto read = command({"-H", "X-A: 1", "-H", "no-colon", "-H", "No:blank", "-H", "X-A: 2", "-H", "B:  two", "-H",
                             "Content-Length: 9", "http://h:80/"});
  EXPECT_EQ(read.headers,
            (std::vector<std::pair<std::string, std::string>>{{"X-A", "2"}, {"B", " two"}, {"Content-Length", "9"}}));
  EXPECT_EQ(read.spec.headers,
            (std::vector<std::pair<std::string, std::string>>{{"Host", "h:80"}, {"X-A", "2"}, {"B", " two"}}));
  EXPECT_EQ(command({"-H", "Host: other", "http://h/"}).spec.headers,
            (std::vector<std::pair<std::string, std::string>>{{"Host", "other"}}));
}

TEST(WrkCommand, UrlsKeepWhatWrkSends) {
  const auto parts = Target::parse("http://me@[::1]:81/a?b#c");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->host, "::1");
  EXPECT_EQ(parts->port, "81");
  EXPECT_EQ(parts->path, "/a?b#c");
  EXPECT_EQ(parts->host_field(), "[::1]:81");
  EXPECT_EQ(Target::parse("http://h?x=1")->path, "/");
  EXPECT_EQ(Target::parse("ftp://h/")->service(), "ftp");
  for (const char* wrong : {"", "h/", "http://", "http:///", "http://h:x/", "http://h:/", "http://h:70000/",
                            "http://h/a b", "ht+tp://h/", "http://[::1/"})
    EXPECT_FALSE(Target::parse(wrong)) << wrong;
}

TEST(WrkCommand, MistakesPrintTheUsageAndExitWithOne) {
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{},
                                                {"-c", "x", "http://h/"},
                                                {"-d", "0", "http://h/"},
                                                {"-t", "0", "http://h/"},
                                                {"nourl"},
                                                {"-c1", "http://h/"},
                                                {"-R5", "http://h/"},
                                                {"-r", "http://h/"},
                                                {"--t", "1", "http://h/"}}) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const auto read = parsed(Dialect::wrk, wrong);
    const auto said = testing::internal::GetCapturedStdout();
    (void)testing::internal::GetCapturedStderr();
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error(), 1);
    EXPECT_TRUE(said.starts_with("Usage: wrk <options> <url>")) << said;
  }
}

TEST(WrkCommand, Wrk2NeedsARateAndHasThreeFlagsMore) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const auto without = parsed(Dialect::wrk2, {"http://h/"});
  EXPECT_NE(testing::internal::GetCapturedStdout().find("-R, --rate        <T>"), std::string::npos);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "Throughput MUST be specified with the --rate or -R option\n");
  EXPECT_FALSE(without);
  const auto with = parsed(Dialect::wrk2, {"-R2k", "-U", "-B", "http://h/"});
  ASSERT_TRUE(with);
  ASSERT_TRUE(with->spec.open_loop());
  EXPECT_EQ(with->spec.rate->first().per_second, 2'000);
  EXPECT_TRUE(with->latency);
  EXPECT_TRUE(with->uncorrected_latency);
  EXPECT_TRUE(with->batch_latency);
}

TEST(WrkCommand, OurOwnOptionsLeaveWrksAbbreviationsAlone) {
  const auto read =
      command({"--compat-bugs", "--co", "20", "--json", "out.json", "--audit", "http://h/", "--", "--audit"});
  EXPECT_TRUE(read.compat_bugs);
  EXPECT_TRUE(read.audit);
  EXPECT_EQ(read.json_path, "out.json");
  EXPECT_EQ(read.spec.connections, 20);
  EXPECT_EQ(read.arguments, (std::vector<std::string>{"http://h/", "--audit"}));
  EXPECT_FALSE(command({"http://h/", "--", "--audit"}).audit);
}

TEST(WrkCommand, HttpsTrustsAnybodyAsTheirsDoes) {
  const auto secure = command({"https://h/"});
  EXPECT_TRUE(secure.spec.url.tls);
  EXPECT_EQ(secure.spec.url.port, 443);
  EXPECT_TRUE(secure.spec.trust.anybody);
  EXPECT_TRUE(secure.spec.resume_tls);
  EXPECT_EQ(command({"https://h:8443/"}).spec.url.port, 8443);
  EXPECT_FALSE(command({"http://h/"}).spec.trust.anybody);
}

TEST(WrkCommand, TheFaceIsChosenByNameOrByFlag) {
  EXPECT_FALSE(chosen({"/usr/bin/hotlap-load", "http://h/"}).value());
  EXPECT_EQ(chosen({"/usr/local/bin/wrk", "http://h/"}).value()->first, 1);
  EXPECT_EQ(chosen({"wrk2"}).value()->dialect, Dialect::wrk2);
  EXPECT_EQ(chosen({"hotlap-load", "--compat", "wrk2", "-v"}).value()->first, 3);
  EXPECT_EQ(chosen({"hotlap-load", "--compat=wrk", "-v"}).value()->first, 2);
  EXPECT_FALSE(chosen({"hotlap-load", "--compat", "ab"}));
  EXPECT_FALSE(chosen({"hotlap-load", "--compat"}));
}

}  // namespace
}  // namespace hotlap::loadgen::wrk
