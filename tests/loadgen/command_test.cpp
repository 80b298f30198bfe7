// The program as a person or a script meets it: exit codes, sentences, documents.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/process.h"
#include "loadgen/contract/measurement.h"
#include "tests/loadgen/scripted_server.h"

namespace hotlap {
namespace {

using namespace std::chrono_literals;

struct Ended {
  int status;
  std::string output;
};

Ended run(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), HOTLAP_BIN_DIR "/hotlap-load");
  auto process = Process::start({.arguments = arguments});
  EXPECT_TRUE(process);
  std::string output;
  while (const auto line = process->read_line(30s)) output += *line + "\n";
  const auto exit = process->wait(30s);
  return {exit ? exit->status : -1, output};
}

ScriptedServer::Script answer(const std::string& response) {
  return [response](const Fd& connection, int requests) {
    std::string all;
    for (int i = 0; i < requests; ++i) all += response;
    return write_all(connection, all).has_value();
  };
}

const std::string kUgly = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nUGLY";

TEST(LoadCommand, UsageErrorsExitTwoWithOneSentence) {
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{},
                                                {"ftp://a/"},
                                                {"-d", "3", "http://a/"},
                                                {"-c", "0", "http://a/"},
                                                {"-t", "5", "-c", "4", "http://a/"},
                                                {"--no-such-flag", "http://a/"},
                                                {"-H", "broken", "http://a/"},
                                                {"--rate", "5", "http://a/"},
                                                {"--rate", "5/s", "--arrivals", "uniform", "http://a/"},
                                                {"--arrivals", "poisson", "http://a/"},
                                                {"--catch-up", "cap:2", "http://a/"},
                                                {"--replay", "/no/such/file", "http://a/"},
                                                {"--dump-schedule", "http://a/"},
                                                {"--transport", "pigeon", "http://a/"},
                                                {"--json", "-", "--hgrm", "-", "http://a/"},
                                                {"--csv", "a", "--hlog", "a", "http://a/"},
                                                {"--expect-status", "2xx", "http://a/"},
                                                {"--expect-sha256", "abc", "http://a/"},
                                                {"--expect-header", "a b: c", "http://a/"},
                                                {"--body", "a", "--body-file", "/dev/null", "http://a/"},
                                                {"--no-keepalive", "--requests-per-connection", "2", "http://a/"},
                                                {"--first-byte-timeout", "3s", "http://a/"},
                                                {"--unix", "/run/x", "--source", "127.0.0.1", "http://a/"},
                                                {"--requests", "x.json", "-H", "A: b", "http://a/"},
                                                {"--requests", "x.json", "http://a/path"}}) {
    const auto ended = run(wrong);
    EXPECT_EQ(ended.status, 2) << ended.output;
    EXPECT_FALSE(ended.output.empty());
  }
}

TEST(LoadCommand, AWrongRequestsDocumentExitsThirtyAndNamesIt) {
  const auto ended = run({"--requests", "/no/such/requests.json", "http://a/"});
  EXPECT_EQ(ended.status, 30);
  EXPECT_NE(ended.output.find("/no/such/requests.json"), std::string::npos) << ended.output;
  const std::string csv = HOTLAP_SOURCE_DIR "/scenarios/requests/browsers.csv";
  const auto no_json = run({"--requests", csv, "http://a/"});
  EXPECT_EQ(no_json.status, 30);
  EXPECT_NE(no_json.output.find(csv + ": line 1, column "), std::string::npos) << no_json.output;
}

TEST(LoadCommand, RequestsOfADocumentAreSentAndToldApart) {
  ScriptedServer server(answer(kUgly));
  const auto ended = run({"-c", "2", "-d", "100ms", "--cookies", "--requests",
                          HOTLAP_SOURCE_DIR "/scenarios/requests/sticker_site.json", server.url()});
  server.stop();
  for (const char* name : {"front page", "sticker", "about"})
    EXPECT_NE(ended.output.find(name), std::string::npos) << ended.output;
  std::uint64_t with_values = 0;
  for (const auto& asked : server.asked()) {
    EXPECT_FALSE(asked.head.contains("{{")) << asked.head;
    if (asked.head.starts_with("GET /?visitor=") && asked.head.contains("\r\nX-Trace: ")) ++with_values;
  }
  EXPECT_GT(with_values, 0U);
}

TEST(LoadCommand, FlagsSayWhatIsGoodAndHowConnectionsAreUsed) {
  ScriptedServer server(answer(kUgly));
  const auto ended = run({"-c",
                          "2",
                          "-d",
                          "100ms",
                          "--no-keepalive",
                          "--source",
                          "127.0.0.1,127.0.0.2",
                          "--first-byte-timeout",
                          "1s",
                          "--seed",
                          "3",
                          "--cookies",
                          "--expect-header",
                          "Content-Length: 4",
                          "--expect-header",
                          "content-length",
                          "--expect-contains",
                          "GL",
                          "--expect-sha256",
                          "1674793FB47CDE883D66BEAFA180D8704AE0590EA2D3884CDBBA255091273B85",
                          "--expect-every",
                          "2",
                          "--json",
                          "-",
                          server.url()});
  server.stop();
  const auto measurement = load::measurement_from_json(ended.output);
  ASSERT_TRUE(measurement) << ended.output;
  EXPECT_GT(measurement->requests.good, 0U);
  EXPECT_EQ(measurement->requests.good, measurement->requests.answered);
  EXPECT_GE(server.connections(), static_cast<int>(server.requests()));
}

TEST(LoadCommand, NobodyListeningExitsTwentyOne) {
  auto listener = listen_tcp(*resolve("127.0.0.1", 0), {});
  const auto url = "http://" + local_address(*listener)->text() + "/";
  listener->reset();
  const auto ended = run({"-d", "100ms", url});
  EXPECT_EQ(ended.status, 21);
  EXPECT_NE(ended.output.find("nothing accepts connections"), std::string::npos) << ended.output;
}

TEST(LoadCommand, EventsAndDocumentComeAsJsonLines) {
  ScriptedServer server(answer(kUgly));
  const auto ended =
      run({"-c", "3", "-d", "100ms", "--warm-up", "20ms", "--pipeline", "2", "--json", "-", "--events", server.url()});
  EXPECT_EQ(ended.status, 0) << ended.output;
  std::istringstream lines(ended.output);
  std::vector<std::string> said;
  int told = 0;  // how it goes, a few times a second
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(R"({"event":"progress",)"))
      ++told;
    else
      said.push_back(line);
  EXPECT_GT(told, 0);
  ASSERT_EQ(said.size(), 3U) << ended.output;
  EXPECT_EQ(said[0], R"({"event":"window_start"})");
  EXPECT_EQ(said[1], R"({"event":"window_end"})");
  const auto measurement = load::measurement_from_json(said[2]);
  ASSERT_TRUE(measurement) << measurement.error().message;
  EXPECT_GT(measurement->requests.good, 0U);
}

TEST(LoadCommand, AnInvalidRunExitsTwentyAndStillTellsAll) {
  ScriptedServer server(answer("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"));
  const auto ended = run({"-c", "1", "-d", "100ms", server.url()});
  EXPECT_EQ(ended.status, 20);
  EXPECT_NE(ended.output.find("500: "), std::string::npos);
  EXPECT_NE(ended.output.find("INVALID"), std::string::npos);
}

TEST(LoadCommand, AnUnwritableDocumentExitsFortyAfterPrintingTheText) {
  ScriptedServer server(answer(kUgly));
  const auto ended = run({"-c", "1", "-d", "50ms", "--json", "/no/such/folder/x.json", server.url()});
  EXPECT_EQ(ended.status, 40);
  EXPECT_NE(ended.output.find("Throughput"), std::string::npos);
  EXPECT_NE(ended.output.find("/no/such/folder/x.json"), std::string::npos);
}

TEST(LoadCommand, EveryOutputIsWrittenAndOneMayBeTheStandardOutput) {
  const std::string folder = ::testing::TempDir() + "hotlap-outputs-" + std::to_string(::getpid());
  std::filesystem::create_directory(folder);
  ScriptedServer server(answer(kUgly));
  const auto ended = run({"-c", "1", "-d", "100ms", "--csv", folder + "/a.csv", "--hgrm", folder + "/a.hgrm", "--hlog",
                          folder + "/a.hlog", "--json", folder + "/a.json", "--openmetrics", "-", server.url()});
  EXPECT_EQ(ended.status, 0) << ended.output;
  EXPECT_TRUE(ended.output.starts_with("# TYPE hotlap_load_run info\n")) << ended.output;
  EXPECT_TRUE(ended.output.ends_with("# EOF\n")) << ended.output;
  for (const auto& [name, start] : {std::pair<std::string, std::string>{"a.csv", "second,good,"},
                                    {"a.hgrm", "       Value "},
                                    {"a.hlog", "#[Logged with hotlap-load "},
                                    {"a.json", "{\"schema\":"}}) {
    std::ifstream in(folder + "/" + name);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    EXPECT_TRUE(text.starts_with(start)) << name << ": " << text.substr(0, 200);
  }
  std::filesystem::remove_all(folder);
}

TEST(LoadCommand, AnInterruptExitsOneHundredThirtyWithTheFigures) {
  ScriptedServer server(answer(kUgly));
  auto process = Process::start(
      {.arguments = {HOTLAP_BIN_DIR "/hotlap-load", "-c", "1", "-d", "1h", "--events", "--json", "-", server.url()}});
  ASSERT_TRUE(process);
  EXPECT_EQ(process->read_line(30s).value(), R"({"event":"window_start"})");
  process->signal_group(SIGINT);
  EXPECT_EQ(process->read_line(30s).value(), R"({"event":"window_end"})");
  EXPECT_TRUE(load::measurement_from_json(process->read_line(30s).value()));
  EXPECT_EQ(process->wait(30s).value().status, 130);
}

TEST(LoadCommand, ADumpedScheduleIsReplayedAsItWas) {
  const auto dump = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--dump-schedule", "http://a/"});
    return run(arguments);
  };
  const auto first =
      dump({"-d", "500ms", "--warm-up", "100ms", "--rate", "1k/s..5k/s", "--arrivals", "poisson", "--seed", "3"});
  EXPECT_EQ(first.status, 0) << first.output;
  EXPECT_GT(std::ranges::count(first.output, '\n'), 1000);
  const auto path = testing::TempDir() + "hotlap-schedule-" + std::to_string(::getpid()) + ".txt";
  std::ofstream(path) << first.output;
  const auto again = dump({"--replay", path});
  EXPECT_EQ(again.status, 0);
  EXPECT_EQ(again.output, first.output);

  ScriptedServer server(answer(kUgly));
  const auto replayed = run({"-c", "64", "--replay", path, "--json", "-", server.url()});
  std::remove(path.c_str());
  const auto measurement = load::measurement_from_json(replayed.output);
  ASSERT_TRUE(measurement) << replayed.output;
  EXPECT_EQ(measurement->loop, "open");
  EXPECT_EQ(static_cast<std::ptrdiff_t>(measurement->scheduled), std::ranges::count(first.output, '\n'));
}

TEST(LoadCommand, TheLiveViewSaysALineASecondWhereThereIsNoTerminal) {
  ScriptedServer server(answer(kUgly));
  const auto ended = run({"-c", "2", "-d", "1100ms", "--live", "--json", "-", server.url()});
  EXPECT_EQ(ended.status, 0) << ended.output;
  EXPECT_TRUE(ended.output.starts_with("1.0 s of 1.1 s, 0.1 s left: ")) << ended.output;
  EXPECT_NE(ended.output.find(" 2 of 2 connections\n{"), std::string::npos) << ended.output;
}

TEST(LoadCommand, HelpNamesTheExitCodes) {
  const auto ended = run({"--help"});
  EXPECT_EQ(ended.status, 0);
  for (const char* part : {"Exit codes", "--pipeline", "--expect-body", "--rate", "--hlog", "--openmetrics"})
    EXPECT_NE(ended.output.find(part), std::string::npos) << part;
}

TEST(LoadCommand, HelpFitsATerminalAndHasNoListsOfFlagsBesideFlags) {
  const auto ended = run({"--help"});
  EXPECT_EQ(ended.output.find("Excludes"), std::string::npos);
  EXPECT_EQ(ended.output.find("TEXT="), std::string::npos);
  std::istringstream lines(ended.output);
  for (std::string line; std::getline(lines, line);) {
    const auto characters =
        std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
    EXPECT_LE(characters, 80) << line;
  }
}

}  // namespace
}  // namespace hotlap
