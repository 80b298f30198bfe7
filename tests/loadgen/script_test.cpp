// Scripts in wrk's API: what they are given, what they send, how their mistakes are told; and the same streams of
// requests as the real wrk sends, where it is installed.
#include "loadgen/script.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/process.h"
#include "base/program_path.h"
#include "tests/loadgen/recording_server.h"

namespace hotlap::loadgen {
namespace {

using namespace std::chrono_literals;

const std::string kScripts = HOTLAP_SOURCE_DIR "/tests/loadgen/scripts/";

std::string answer(std::string_view request) {
  if (request.starts_with("GET /login ") || request.starts_with("GET /authenticate "))
    return "HTTP/1.1 200 OK\r\nX-Session: s1\r\nX-Token:  t2 \r\nContent-Length: 7\r\n\r\nwelcome";
  return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
}

ScriptOptions options_for(const std::string& path, const std::string& url, int threads = 1,
                          std::vector<std::string> arguments = {}) {
  arguments.insert(arguments.begin(), url);
  return {.path = path,
          .arguments = std::move(arguments),
          .target = *wrk::Target::parse(url),
          .headers = {{"X-Given", "yes"}},
          .threads = threads};
}

std::unique_ptr<Script> loaded(const ScriptOptions& options) {
  auto script = Script::load(options);
  EXPECT_TRUE(script) << script.error().message;
  return script ? std::move(*script) : nullptr;
}

// A script that a test writes.
class Written {
 public:
  explicit Written(const std::string& text) {
    path_ = testing::TempDir() + "/script_" + std::to_string(::getpid()) + ".lua";
    std::ofstream(path_) << text;
  }
  Written(const Written&) = delete;
  Written& operator=(const Written&) = delete;
  ~Written() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::unique_ptr<Script> loaded(const std::string& text, const RecordingServer& server, int threads = 1) {
  const Written script(text);
  return loaded(options_for(script.path(), server.url(), threads));
}

// The error of loading this text.
std::string refusal(const std::string& text, const RecordingServer& server) {
  const Written file(text);
  const auto script = Script::load(options_for(file.path(), server.url()));
  EXPECT_FALSE(script);
  return script ? "" : script.error().message;
}

// What a connection of this source sends, at least `bytes` of it, when everything is answered at once.
std::string stream_of(RequestSource& source, std::size_t bytes) {
  std::string stream;
  while (stream.size() < bytes && !source.wants_stop()) {
    (void)source.delay(0);
    const auto request = source.next(0);
    if (request.requests == 0) break;
    stream += request.bytes;
    if (!source.wants_responses()) continue;
    auto rest = request.bytes;
    for (auto each = take_request(rest); !each.empty(); each = take_request(rest)) {
      const auto response = answer(each);
      const auto body = response.find("\r\n\r\n") + 4;
      source.on_response(0, request.kind, 200, std::string_view(response).substr(0, body),
                         std::string_view(response).substr(body));
    }
  }
  return stream;
}

struct Ended {
  int status;
  std::string output;
};

Ended run_wrk(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "wrk");
  auto process = Process::start({.arguments = arguments});
  EXPECT_TRUE(process);
  std::string output;
  while (const auto line = process->read_line(30s)) output += *line + "\n";
  const auto exit = process->wait(30s);
  return {exit ? exit->status : -1, output};
}

// The same script under wrk and under ours: each connection's requests, as far as both have them.
void expect_same_streams(const std::string& path, int threads, const std::vector<std::string>& arguments = {}) {
  SCOPED_TRACE(path);
  RecordingServer server(answer);
  const auto count = std::to_string(threads);
  std::vector<std::string> line{"-t",           count, "-c", count,           "-d", "1", "-H",
                                "X-Given: yes", "-s",  path, server.url("/p")};
  if (!arguments.empty()) line.emplace_back("--");
  line.insert(line.end(), arguments.begin(), arguments.end());
  const auto ended = run_wrk(line);
  ASSERT_EQ(ended.status, 0) << ended.output;
  const auto script = loaded(options_for(path, server.url("/p"), threads, arguments));
  ASSERT_TRUE(script);
  std::vector<std::vector<std::string>> ours, theirs;
  for (int i = 0; i < threads; ++i) ours.push_back(requests_in(stream_of(*script->source_for(i), 66'000)));
  for (const auto& stream : server.streams()) theirs.push_back(requests_in(stream));
  EXPECT_FALSE(script->error()) << script->error()->message;
  ASSERT_EQ(ours.size(), theirs.size());
  const auto first = [](const auto& stream) { return stream.empty() ? std::string() : stream.front(); };
  std::ranges::sort(ours, {}, first);
  std::ranges::sort(theirs, {}, first);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const auto shared = std::min(ours[i].size(), theirs[i].size());
    ASSERT_GE(shared, 5U) << "wrk sent " << theirs[i].size() << ", ours " << ours[i].size();
    for (std::size_t k = 0; k < shared; ++k) ASSERT_EQ(ours[i][k], theirs[i][k]) << "request " << k;
  }
}

TEST(Script, SendsTheSameStreamsAsTheRealWrk) {
  if (!find_program("wrk")) GTEST_SKIP() << "the program 'wrk' is not installed";
  for (const char* name : {"session", "counting", "waiting", "batch", "form", "csv", "stopping"})
    expect_same_streams(kScripts + name + ".lua", 1);
  expect_same_streams(kScripts + "counting.lua", 1, {"from-the-command-line"});
  expect_same_streams(kScripts + "numbered.lua", 2);
  expect_same_streams(kScripts + "address.lua", 2);
}

TEST(Script, RunsEveryExampleThatComesWithWrk) {
  if (!find_program("wrk")) GTEST_SKIP() << "the program 'wrk' is not installed";
  const std::filesystem::path examples = "/usr/share/doc/wrk/examples/scripts";
  if (!std::filesystem::is_directory(examples)) return;  // containers leave documentation out
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(examples)) {
    if (entry.path().extension() != ".lua") continue;
    expect_same_streams(entry.path(), 1);
    ++count;
  }
  EXPECT_GE(count, 9);
}

TEST(Script, StopsItsThreadAfterTheResponseThatSaysSo) {
  RecordingServer server(answer);
  const auto script = loaded(options_for(kScripts + "stopping.lua", server.url()));
  const auto source = script->source_for(0);
  EXPECT_EQ(requests_in(stream_of(*source, 66'000)).size(), 7U);
  EXPECT_TRUE(source->wants_stop());
  EXPECT_FALSE(script->error());
}

TEST(Script, OneThatOnlySetsValuesIsConstant) {
  RecordingServer server(answer);
  const auto script = loaded(options_for(kScripts + "form.lua", server.url()));
  const auto source = script->source_for(0);
  EXPECT_EQ(source->constant(), source->next(0).bytes);
  EXPECT_TRUE(source->constant().ends_with("\r\n\r\ncolour=red&size=9"));
  EXPECT_FALSE(source->wants_responses());
}

TEST(Script, OneWithRequestDelayOrResponseIsAskedEachTime) {
  RecordingServer server(answer);
  for (const char* name : {"counting", "waiting", "stopping"})
    EXPECT_TRUE(loaded(options_for(kScripts + name + ".lua", server.url()))->source_for(0)->constant().empty()) << name;
}

TEST(Script, BatchesAreCountedOnceForTheDepthAndEachTime) {
  RecordingServer server(answer);
  const auto script = loaded(options_for(kScripts + "batch.lua", server.url()));
  EXPECT_EQ(script->pipeline_depth(), 4);
  EXPECT_EQ(script->source_for(0)->next(0).requests, 4U);
  const auto shrinking = loaded("local n = 4 function request() n = n - 1 return wrk.format():rep(n) end", server);
  EXPECT_EQ(shrinking->pipeline_depth(), 3);
  const auto source = shrinking->source_for(0);
  EXPECT_EQ(source->batch(), 3U);
  EXPECT_EQ(source->next(0).requests, 2U);
  EXPECT_EQ(source->next(0).requests, 1U);
}

TEST(Script, BatchesThatGrowWouldOverflowThePipelineAndAreRefused) {
  RecordingServer server(answer);
  const auto script = loaded("local n = 0 function request() n = n + 1 return wrk.format():rep(n) end", server);
  const auto source = script->source_for(0);
  EXPECT_EQ(source->next(0).requests, 0U);
  ASSERT_TRUE(script->error());
  EXPECT_NE(script->error()->message.find("answered 2 requests, but 1"), std::string::npos);
}

TEST(Script, ARequestLivesUntilTheNextOne) {
  RecordingServer server(answer);
  const auto script = loaded(
      "local n = 0 "
      "function request() n = n + 1 return wrk.format(nil, '/' .. n) end "
      "function response() collectgarbage() wrk.format('A'):rep(100) end",
      server);
  const auto source = script->source_for(0);
  const auto request = source->next(0);
  const std::string copy(request.bytes);
  for (int i = 0; i < 50; ++i) source->on_response(0, 0, 200, "HTTP/1.1 200 OK\r\n\r\n", "");
  EXPECT_EQ(request.bytes, copy);
}

TEST(Script, HeadRequestsAreOfAKindWithoutBodies) {
  RecordingServer server(answer);
  const auto script = loaded("wrk.method = 'HEAD'", server);
  const auto source = script->source_for(0);
  EXPECT_TRUE(source->kinds().at(source->next(0).kind).head);
  const auto get = loaded("", server)->source_for(0);
  EXPECT_FALSE(get->kinds().at(0).head);
  for (std::size_t index = 0; index < get->kinds().size(); ++index) EXPECT_EQ(get->kinds()[index].number, index);
}

TEST(Script, DelaysAreMilliseconds) {
  RecordingServer server(answer);
  auto options = options_for(kScripts + "waiting.lua", server.url());
  EXPECT_EQ(loaded(options)->source_for(0)->delay(0), 20ms);
  options.delays = false;  // wrk2
  EXPECT_EQ(loaded(options)->source_for(0)->delay(0), 0ms);
}

TEST(Script, ResponsesComeWithTheirFieldsAndBody) {
  RecordingServer server(answer);
  const auto script = loaded(
      "function response(status, headers, body) "
      "  seen = status .. headers['A-b'] .. headers.C .. tostring(headers.none) .. #body end "
      "local thread function setup(t) thread = t end "
      "function done() io.write(thread:get('seen')) end",
      server);
  const auto source = script->source_for(0);
  ASSERT_TRUE(source->wants_responses());
  source->on_response(0, 0, 404, "HTTP/1.1 404 No\r\nA-b:  x \r\nC:1\r\nC:2\r\n\r\n", std::string_view("a\0b", 3));
  ASSERT_FALSE(script->error()) << script->error()->message;
  testing::internal::CaptureStdout();
  EXPECT_TRUE(script->done({}));
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "404x 2nil3");  // blanks behind a value stay, as in wrk
}

TEST(Script, DoneIsGivenTheOutcome) {
  RecordingServer server(answer);
  const auto script = loaded(options_for(kScripts + "csv.lua", server.url()));
  ASSERT_TRUE(script->has_done());
  wrk::Outcome outcome{
      .duration_us = 2'000'000, .requests = 10, .bytes = 420, .errors = {.connect = 1, .read = 2, .status = 3}};
  outcome.latency = wrk::Samples({{100, 8}, {200, 2}});
  outcome.rate = wrk::Samples({{5, 2}});
  testing::internal::CaptureStdout();
  const auto done = script->done(outcome);
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            "report\nduration,2000000\nrequests,10\nbytes,420\n"
            "errors.connect,1\nerrors.read,2\nerrors.write,0\nerrors.status,3\nerrors.timeout,0\n"
            "latency.min,100.00\nrequests.min,5.00\nlatency.max,200.00\nrequests.max,5.00\n"
            "latency.mean,120.00\nrequests.mean,5.00\nlatency.stdev,42.16\nrequests.stdev,0.00\n"
            "p50,100\np90,200\np99,200\np99.9,200\nfirst,100,8 of 2\n");
  EXPECT_TRUE(done);
}

TEST(Script, ThreadsHaveStatesOfTheirOwnThatSetupAndDoneReach) {
  RecordingServer server(answer);
  const auto script = loaded(options_for(kScripts + "numbered.lua", server.url(), 3));
  for (int i = 0; i < 3; ++i) {
    const auto bytes = std::string(script->source_for(i)->next(0).bytes);
    EXPECT_NE(bytes.find("X-Number: " + std::to_string(i + 1) + "\r\n"), std::string::npos) << bytes;
    EXPECT_NE(bytes.find("X-Notes: a2.5\r\n"), std::string::npos) << bytes;
  }
  testing::internal::CaptureStdout();
  EXPECT_TRUE(script->done({}));
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            "thread 1: all answered\nthread 2: all answered\nthread 3: all answered\n");
}

TEST(Script, TablesInTablesGoToThreadsAndBack) {
  RecordingServer server(answer);
  const auto script = loaded(
      "local thread function setup(t) thread = t t:set('given', { list = { true, { 'deep' } }, [7] = 2.5 }) end "
      "function done() local back = thread:get('given') "
      "  print(back.list[1], back.list[2][1], back[7], thread:get('nothing'), thread.addr ~= nil, thread.other) end",
      server);
  testing::internal::CaptureStdout();
  EXPECT_TRUE(script->done({}));
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "true\tdeep\t2.5\tnil\ttrue\tnil\n");
}

TEST(Script, SetupMayChangeTheAddressOfAThread) {
  RecordingServer first(answer), second(answer);
  const auto port = wrk::Target::parse(second.url())->port;
  const auto script = loaded(
      "local n = 0 function setup(thread) n = n + 1 "
      "if n == 2 then thread.addr = wrk.lookup('127.0.0.1', '" +
          port + "')[1] end end",
      first, 2);
  EXPECT_EQ("http://" + script->address(0).text() + "/", first.url());
  EXPECT_EQ("http://" + script->address(1).text() + "/", second.url());
}

TEST(Script, MistakesAreToldWithTheirPlaceWhileLoading) {
  RecordingServer server(answer);
  EXPECT_NE(refusal("function (", server).find(".lua:1:"), std::string::npos);
  EXPECT_NE(refusal("\n\nerror('no good')", server).find(".lua:3: no good"), std::string::npos);
  EXPECT_NE(refusal("function init() nothing.at_all = 1 end", server).find("global 'nothing'"), std::string::npos);
  EXPECT_NE(refusal("function setup(t) t:set('f', print) end", server).find("cannot transfer 'function'"),
            std::string::npos);
  EXPECT_NE(
      refusal("function setup(t) local ring = {} ring[1] = ring t:set('r', ring) end", server).find("deeply nested"),
      std::string::npos);
  EXPECT_NE(refusal("function setup(t) t.name = 'x' end", server).find("cannot set 'name' on thread"),
            std::string::npos);
  EXPECT_EQ(refusal("function request() return 'GET ' end", server), "incomplete request at 1:5");
  EXPECT_NE(refusal("function request() return {} end", server).find("answered a table value"), std::string::npos);
  EXPECT_NE(refusal("function setup() wrk.lookup('127.0.0.1', 'no-such-service') end", server)
                .find("unable to resolve 127.0.0.1:no-such-service "),
            std::string::npos);
  const auto missing = Script::load(options_for("/nonexistent.lua", server.url()));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "/nonexistent.lua: cannot open /nonexistent.lua: No such file or directory");
}

TEST(Script, AMistakeWhileRunningStopsTheThreadAndIsTold) {
  RecordingServer server(answer);
  const auto script = loaded(
      "local n = 0 function request() n = n + 1 if n > 2 then error('three') end "
      "return wrk.format() end",
      server);
  const auto source = script->source_for(0);
  EXPECT_EQ(source->next(0).requests, 1U);
  EXPECT_FALSE(source->wants_stop());
  EXPECT_EQ(source->next(0).requests, 0U);
  EXPECT_TRUE(source->wants_stop());
  EXPECT_TRUE(source->next(0).bytes.empty());
  ASSERT_TRUE(script->error());
  EXPECT_NE(script->error()->message.find("three"), std::string::npos);
}

TEST(Script, NobodyListeningIsSaidAsWrkSaysIt) {
  auto listener = listen_tcp(*resolve("127.0.0.1", 0), {});
  const auto address = local_address(*listener)->text();
  listener->reset();
  const auto script = Script::load(options_for(kScripts + "form.lua", "http://" + address + "/"));
  ASSERT_FALSE(script);
  EXPECT_EQ(script.error().message, "unable to connect to " + address + " Connection refused");
}

}  // namespace
}  // namespace hotlap::loadgen
