// Our face of wrk beside the real one: the same command lines, and what they print and exit with.
#include "loadgen/faces/wrk_face.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/process.h"
#include "base/program_path.h"
#include "tests/loadgen/recording_server.h"

namespace hotlap::loadgen::wrk {
namespace {

using namespace std::chrono_literals;

struct Ended {
  int status = -1;
  std::string output;
  std::string errors;
};

Ended run_real(std::vector<std::string> arguments) {
  const auto log = testing::TempDir() + "/wrk_errors_" + std::to_string(::getpid());
  arguments.insert(arguments.begin(), "wrk");
  Ended ended;
  {
    auto process = Process::start({.arguments = arguments, .log_path = log});
    EXPECT_TRUE(process);
    while (const auto line = process->read_line(30s)) ended.output += *line + "\n";
    const auto exit = process->wait(30s);
    ended.status = exit ? exit->status : -1;
  }
  std::ostringstream text;
  text << std::ifstream(log).rdbuf();
  ended.errors = text.str();
  std::filesystem::remove(log);
  return ended;
}

Ended run_ours(std::vector<std::string> arguments, const RunLoad& load) {
  arguments.insert(arguments.begin(), "/usr/local/bin/wrk");
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  const auto argc = static_cast<int>(pointers.size());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Ended ended;
  const auto choice = choose(argc, pointers.data());
  EXPECT_TRUE(choice && *choice);
  const auto command = parse(**choice, argc, pointers.data());
  ended.status = command ? run_face(*command, load) : command.error();
  ended.output = testing::internal::GetCapturedStdout();
  ended.errors = testing::internal::GetCapturedStderr();
  return ended;
}

const RunLoad kNotRun = [](const load::LoadSpec&, const RequestSupply&) -> Result<load::Measurement> {
  ADD_FAILURE() << "the load was started";
  return load::Measurement();
};

Result<load::Measurement> measured(const load::LoadSpec& spec, const RequestSupply& supply) {
  load::Measurement measurement;
  measurement.window = spec.duration;
  measurement.threads = spec.threads;
  measurement.requests = {.sent = 4'000, .answered = 4'000, .good = 4'000};
  measurement.bytes_received = 160'000;
  measurement.status = {{200, 4'000}};
  measurement.series = {{.second = 0, .good = 4'000}};
  measurement.service_time.record(40us, 3'000);
  measurement.service_time.record(90us, 1'000);
  if (supply.source)
    for (int i = 0; i < spec.threads; ++i) (void)supply.source(i)->next(0);
  return measurement;
}

// Numbers and what stands around them are the run's; words, lines and their order are the layout's.
std::string without_numbers(const std::string& text) {
  const auto part_of_number = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  std::string layout;
  for (std::size_t i = 0; i < text.size();) {
    const bool not_a_number = text.compare(i, 4, "-nan") == 0;
    if (!not_a_number && (text[i] < '0' || text[i] > '9')) {
      layout += text[i++];
      continue;
    }
    if (not_a_number) i += 4;
    while (i < text.size() && part_of_number(text[i])) ++i;
    while (i < text.size() && std::string_view("kKMGumsB").contains(text[i])) ++i;
    while (layout.ends_with(' ')) layout.pop_back();
    layout += " #";
  }
  return layout;
}

std::string ok(std::string_view /*request*/) {
  return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
}

std::string closed_url() {
  auto listener = listen_tcp(*resolve("127.0.0.1", 0), {});
  return "http://" + local_address(*listener)->text() + "/";  // closed when this returns
}

TEST(WrkFace, MistakesAreAnsweredAsTheRealWrkAnswersThem) {
  if (!find_program("wrk")) GTEST_SKIP() << "the program 'wrk' is not installed";
  const auto closed = closed_url();
  const std::vector<std::vector<std::string>> mistakes = {
      {},
      {"-h"},
      {"--help"},
      {"-c"},
      {"-r", closed},
      {"-z", closed},
      {"--zoo", closed},
      {"--t", "1", closed},
      {"--latency=3", closed},
      {"-R", "5", closed},
      {"-c", "x", closed},
      {"-c", "10kk", closed},
      {"-c", "0", closed},
      {"-c", "1", "-t", "2", closed},
      {"-t", "-1", closed},
      {"-t", "0", "-c", "0", closed},
      {"-d", "0", closed},
      {"-d", "1.5s", closed},
      {"-T", "1ms", closed},
      {"nourl"},
      {"http:///"},
      {"http://127.0.0.1:foo/"},
      {"http://127.0.0.1:70000/"},
      {"http://127.0.0.1:no/", "-c", "x"},
      {closed, "-c", "x"},
      {closed},
      {"--", closed},
      {closed, "more"},
      {"--conn=5", "--lat", closed},
      {"-c", "1K", "-d", "1M", "-t", "1", closed},
      {"-H", "dropped", "-d1", closed},
  };
  for (const auto& line : mistakes) {
    std::string shown = "wrk";
    for (const auto& word : line) shown += " " + word;
    SCOPED_TRACE(shown);
    const auto theirs = run_real(line);
    const auto ours = run_ours(line, kNotRun);
    EXPECT_EQ(ours.status, theirs.status);
    EXPECT_EQ(ours.output, theirs.output);
    EXPECT_EQ(ours.errors, theirs.errors);
  }
}

TEST(WrkFace, ARunPrintsTheSameLayoutAsTheRealWrk) {
  if (!find_program("wrk")) GTEST_SKIP() << "the program 'wrk' is not installed";
  RecordingServer server(ok);
  const auto script = std::string(HOTLAP_SOURCE_DIR "/tests/loadgen/scripts/");
  for (const std::vector<std::string>& line : {std::vector<std::string>{"-t1", "-c1", "-d1", server.url("/x?y#z")},
                                               {"-t2", "-c2", "-d1", "--latency", server.url()},
                                               {"-t1", "-c1", "-d1", "-s", script + "csv.lua", server.url()},
                                               {"-t2", "-c2", "-d1", "-s", script + "address.lua", server.url()}}) {
    const auto theirs = run_real(line);
    const auto ours = run_ours(line, measured);
    EXPECT_EQ(ours.status, theirs.status);
    EXPECT_EQ(without_numbers(ours.output), without_numbers(theirs.output)) << ours.output << theirs.output;
    EXPECT_EQ(ours.errors, theirs.errors);
  }
}

// The whole program on the wire, one connection.
std::vector<std::string> requests_of(std::vector<std::string> program, const std::string& script,
                                     const RecordingServer::Answer& answer) {
  RecordingServer server(answer);
  for (const char* each : {"-t1", "-c1", "-d1", "-H", "Host: same", "-s"}) program.emplace_back(each);
  program.push_back(script);
  program.push_back(server.url("/p"));
  auto process = Process::start({.arguments = program});
  EXPECT_TRUE(process);
  while (process->read_line(30s)) continue;
  const auto exit = process->wait(30s);
  EXPECT_EQ(exit ? exit->status : -1, 0) << process->output_tail();
  const auto streams = server.streams();
  EXPECT_EQ(streams.size(), 1U);
  return streams.empty() ? std::vector<std::string>() : requests_in(streams.front());
}

TEST(WrkFace, TheProgramSendsWhatTheRealWrkSends) {
  if (!find_program("wrk")) GTEST_SKIP() << "the program 'wrk' is not installed";
  const auto answer = [](std::string_view request) -> std::string {
    if (request.starts_with("GET /login "))
      return "HTTP/1.1 200 OK\r\nX-Session: s1\r\nContent-Length: 7\r\n\r\nwelcome";
    return ok(request);
  };
  for (const char* name : {"session", "counting", "waiting", "batch", "form", "stopping"}) {
    SCOPED_TRACE(name);
    const auto script = std::string(HOTLAP_SOURCE_DIR "/tests/loadgen/scripts/") + name + ".lua";
    const auto theirs = requests_of({"wrk"}, script, answer);
    const auto ours = requests_of({HOTLAP_BIN_DIR "/hotlap-load", "--compat", "wrk"}, script, answer);
    const auto shared = std::min(ours.size(), theirs.size());
    ASSERT_GE(shared, 5U) << "wrk sent " << theirs.size() << ", ours " << ours.size();
    for (std::size_t k = 0; k < shared; ++k) ASSERT_EQ(ours[k], theirs[k]) << "request " << k;
  }
}

TEST(WrkFace, TheProgramStopsTheThreadThatAsksForIt) {
  const auto sent = requests_of({HOTLAP_BIN_DIR "/hotlap-load", "--compat", "wrk"},
                                HOTLAP_SOURCE_DIR "/tests/loadgen/scripts/stopping.lua", ok);
  EXPECT_EQ(sent.size(), 7U);
}

TEST(WrkFace, AScriptThatFailsInTheMiddleEndsTheProgram) {
  RecordingServer server(ok);
  const auto path = testing::TempDir() + "/breaking_" + std::to_string(::getpid()) + ".lua";
  std::ofstream(path)
      << "local n = 0 function request() n = n + 1 if n > 9 then error('ten') end return wrk.format() end";
  for (const std::vector<std::string>& face :
       {std::vector<std::string>{"--compat", "wrk"}, {"--compat", "wrk2", "-R100"}}) {
    std::vector<std::string> line{HOTLAP_BIN_DIR "/hotlap-load"};
    line.insert(line.end(), face.begin(), face.end());
    for (const auto& each : {std::string("-t1"), std::string("-c1"), std::string("-d2"), "-s" + path, server.url()})
      line.push_back(each);
    auto process = Process::start({.arguments = line});
    ASSERT_TRUE(process);
    while (process->read_line(20s)) continue;
    const auto exit = process->wait(20s);
    ASSERT_TRUE(exit);
    EXPECT_EQ(exit->status, 1);
    EXPECT_NE(process->output_tail().find("ten"), std::string::npos) << process->output_tail();
  }
  std::filesystem::remove(path);
}

TEST(WrkFace, BatchesAtARateAreCountedRequestByRequest) {
  RecordingServer server(ok);
  const auto line = std::vector<std::string>{HOTLAP_BIN_DIR "/hotlap-load",
                                             "--compat",
                                             "wrk2",
                                             "-R100",
                                             "-t1",
                                             "-c2",
                                             "-d2",
                                             "--latency",
                                             "-s",
                                             HOTLAP_SOURCE_DIR "/tests/loadgen/scripts/batch.lua",
                                             server.url()};
  auto process = Process::start({.arguments = line});
  ASSERT_TRUE(process);
  while (process->read_line(20s)) continue;
  const auto exit = process->wait(20s);
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->status, 0) << process->output_tail();
  std::size_t sent = 0;
  for (const auto& stream : server.streams()) sent += requests_in(stream).size();
  EXPECT_GT(sent, 100U) << "a machine that stands still at the end leaves some unsent";
  EXPECT_LE(sent, 204U) << "batches were counted as requests";
}

TEST(WrkFace, TheLoadIsGivenTheScriptItsDepthAndThePort) {
  RecordingServer server(ok);
  load::LoadSpec given;
  bool scripted = false;
  const RunLoad load = [&](const load::LoadSpec& spec, const RequestSupply& supply) {
    given = spec;
    scripted = static_cast<bool>(supply.source);
    return measured(spec, supply);
  };
  EXPECT_EQ(run_ours({"-s", HOTLAP_SOURCE_DIR "/tests/loadgen/scripts/batch.lua", server.url()}, load).status, 0);
  EXPECT_TRUE(scripted);
  EXPECT_EQ(given.pipeline_depth, 4);
  EXPECT_EQ("http://127.0.0.1:" + std::to_string(given.url.port) + "/", server.url());
  EXPECT_EQ(run_ours({server.url()}, load).status, 0);
  EXPECT_FALSE(scripted);
}

TEST(WrkFace, AScriptThatFailsWhileRunningExitsWithOne) {
  RecordingServer server(ok);
  const auto path = testing::TempDir() + "/failing_" + std::to_string(::getpid()) + ".lua";
  std::ofstream(path)
      << "local n = 0 function request() n = n + 1 if n > 1 then error('two') end return wrk.format() end";
  const auto ended = run_ours({"-s", path, server.url()}, measured);
  std::filesystem::remove(path);
  EXPECT_EQ(ended.status, 1);
  EXPECT_NE(ended.errors.find("two"), std::string::npos) << ended.errors;
  EXPECT_EQ(ended.output.find("Requests/sec"), std::string::npos);
}

TEST(WrkFace, TheAuditComesAfterWrksLastLine) {
  RecordingServer server(ok);
  const auto plain = run_ours({server.url()}, measured).output;
  const auto audited = run_ours({"--audit", server.url()}, measured).output;
  EXPECT_TRUE(audited.starts_with(plain));
  EXPECT_GT(audited.size(), plain.size());
}

}  // namespace
}  // namespace hotlap::loadgen::wrk
