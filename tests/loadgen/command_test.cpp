// The program as a person or a script meets it: exit codes, sentences, documents.
#include <gtest/gtest.h>

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
                                                {"--transport", "pigeon", "http://a/"},
                                                {"--expect-status", "2xx", "http://a/"}}) {
    const auto ended = run(wrong);
    EXPECT_EQ(ended.status, 2) << ended.output;
    EXPECT_FALSE(ended.output.empty());
  }
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
  std::string start, end, document;
  std::getline(lines, start);
  std::getline(lines, end);
  std::getline(lines, document);
  EXPECT_EQ(start, R"({"event":"window_start"})");
  EXPECT_EQ(end, R"({"event":"window_end"})");
  const auto measurement = load::measurement_from_json(document);
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

TEST(LoadCommand, HelpNamesTheExitCodes) {
  const auto ended = run({"--help"});
  EXPECT_EQ(ended.status, 0);
  for (const char* part : {"Exit codes", "--pipeline", "--expect-body", "--rate"})
    EXPECT_NE(ended.output.find(part), std::string::npos) << part;
}

}  // namespace
}  // namespace hotlap
