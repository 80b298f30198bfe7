// `hotlap target verify` as a person types it: our engines, and servers of others.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "program_fixture.h"
#include "tests/base/tls_server.h"
#include "tests/harness/conformance/odd_server.h"

namespace hotlap::harness {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

OddServer::Deed only_first(std::string& unread) {
  const auto head = take_head(unread);
  unread.clear();
  return {.write = head.empty() ? "" : right_answer(head), .stay = !head.contains("Connection: close")};
}

class TargetVerify : public ProgramTest {
 protected:
  // As hotlap-target's own help names them.
  [[nodiscard]] std::vector<std::string> engines() const {
    ProcessOptions options;
    options.arguments = {program("hotlap-target"), "--help"};
    auto process = Process::start(options);
    if (!process) throw std::runtime_error(process.error().message);
    (void)process->wait(std::chrono::seconds(60));
    const auto help = process->output_tail();
    std::vector<std::string> names;
    const auto at = help.find("Engines:\n");
    if (at == std::string::npos) return names;
    std::stringstream lines(help.substr(at + 9));
    for (std::string line; std::getline(lines, line) && line.starts_with("  ");)
      if (line[2] != ' ') names.push_back(line.substr(2, line.find(' ', 2) - 2));
    return names;
  }
  [[nodiscard]] std::vector<std::string> probes() const {
    std::vector<std::string> names;
    std::stringstream list(run({"target", "verify", "--list"}).out);
    for (std::string line; std::getline(list, line) && !line.empty();) names.push_back(line.substr(0, line.find(' ')));
    return names;
  }
};

TEST_F(TargetVerify, EveryEngineOfOursPassesEveryProbe) {
  const auto names = engines();
  ASSERT_THAT(names, testing::Contains("pipelined"));
  const auto all = probes();
  ASSERT_THAT(all, testing::Contains("half-head"));
  std::string cannot_start;
  for (const auto& engine : names) {
    std::vector<std::string> words = {"target", "verify", "--engine", engine, "--timeout", "5s", "--json", "-"};
    std::size_t asked = 0;
    for (const auto& probe : all) {
      // A process for one connection from its accept to its close: to stand still then is what this model costs.
      if (probe == "half-head" && engine == "prefork") continue;
      if (probe == "date" && engine != names.front()) continue;  // up to a second, and the same answers
      words.insert(words.end(), {"--probe", probe});
      ++asked;
    }
    const auto end = run(words);
    if (end.status == 21 && end.err.contains("io_uring")) {
      cannot_start = engine + ": " + end.err;
      continue;
    }
    EXPECT_EQ(end.status, 0) << engine << "\n" << end.err;
    const auto json = nlohmann::json::parse(end.out, nullptr, false);
    ASSERT_FALSE(json.is_discarded()) << end.out;
    const auto& server = json["servers"][0];
    EXPECT_EQ(server["strict"], true);
    EXPECT_EQ(server["findings"].size(), asked);
    for (const auto& finding : server["findings"])
      EXPECT_EQ(finding["outcome"], "ok") << engine << ": " << finding.dump(1);
  }
  if (!cannot_start.empty()) GTEST_SKIP() << cannot_start;
}

TEST_F(TargetVerify, AServerThatDropsPipelinedRequestsEndsIn20AndSaysWhy) {
  const OddServer server(only_first);
  const auto end = run({"target", "verify", server.url(), "--probe", "page", "--probe", "pipeline", "--probe",
                        "keep-alive", "--timeout", "1s", "--json", "out.json"});
  EXPECT_EQ(end.status, 20) << end.err;
  EXPECT_THAT(end.out, AllOf(HasSubstr("pipeline            drop"), HasSubstr("would count 1 of 2; use depth 1"),
                             HasSubstr("Load must not rely on: pipeline"), Not(HasSubstr("\x1b["))));
  EXPECT_THAT(contents("out.json"), HasSubstr("\"schema\": \"hotlap.verify/1\""));
}

TEST_F(TargetVerify, AWeaknessAloneIsAWarningUnlessStrict) {
  const OddServer server([](std::string& unread) -> OddServer::Deed {
    const auto head = take_head(unread);
    unread.clear();
    return {.write = head.empty() ? "" : answer_with("UGLY"), .stay = head.empty()};
  });
  EXPECT_EQ(run({"target", "verify", server.url(), "--probe", "obs-fold"}).status, 0);
  EXPECT_EQ(run({"target", "verify", server.url(), "--probe", "obs-fold", "--strict"}).status, 20);
}

TEST_F(TargetVerify, WhatCannotBeAskedHasItsOwnCode) {
  auto listener = listen_tcp(*resolve("127.0.0.1", 0), {});
  const auto url = "http://" + local_address(*listener)->text();
  listener->reset();
  EXPECT_EQ(run({"target", "verify", url}).status, 21);
  EXPECT_EQ(run({"target", "verify"}).status, 2);
  EXPECT_EQ(run({"target", "verify", url, "--engine", "epoll"}).status, 2);
  EXPECT_EQ(run({"target", "verify", url, "--probe", "nonsense"}).status, 2);
  EXPECT_EQ(run({"target", "verify", "--engine", "nonsense"}).status, 2);
  EXPECT_EQ(run({"target", "verify", url, "--timeout", "0s"}).status, 2);
  EXPECT_EQ(run({"target", "verify", "missing.yaml"}).status, 30);
  const auto list = run({"target", "verify", "--list"});
  EXPECT_EQ(list.status, 0);
  EXPECT_THAT(list.out, HasSubstr("pipeline-split"));
}

TEST_F(TargetVerify, AServerThatSpeaksTlsIsAskedLikeAnyOther) {
  const TlsServer server;
  const std::vector<std::string> words = {"target",  "verify",   server.url(), "--probe",       "page",
                                          "--probe", "pipeline", "--probe",    "pipeline-split"};
  auto trusting = words;
  trusting.insert(trusting.end(), {"--cacert", server.certificate()});
  const auto end = run(trusting);
  EXPECT_EQ(end.status, 0) << end.out << end.err;
  EXPECT_THAT(end.out, HasSubstr("pipeline            ok"));
  const auto distrusting = run(words);
  EXPECT_EQ(distrusting.status, 21);
  EXPECT_THAT(distrusting.err, HasSubstr("self-signed certificate; name who signed its certificate (cacert)"));
  EXPECT_EQ(run({"target", "verify", "http://127.0.0.1:1", "--insecure"}).status, 2);
  EXPECT_EQ(run({"target", "verify", "--engine", "epoll", "--insecure"}).status, 2);
  EXPECT_EQ(run({"target", "verify", server.url(), "--cacert", ""}).status, 2);
}

TEST_F(TargetVerify, AScenariosServersAreStartedEachOnce) {
  const auto file = scenario("engine: \"{engine}\"", "path: /ugly, timeout: \"{timeout}\"",
                             "matrix: {engine: [epoll, pipelined], timeout: [1s, 2s]}\n");
  const auto end = run({"target", "verify", file, "--probe", "page", "--probe", "drain", "--json", "-"});
  EXPECT_EQ(end.status, 0) << end.err;
  const auto json = nlohmann::json::parse(end.out, nullptr, false);
  ASSERT_EQ(json["servers"].size(), 2U) << end.out;
  EXPECT_THAT(std::string(json["servers"][0]["url"]), HasSubstr("/ugly"));
  EXPECT_EQ(json["servers"][1]["findings"][1]["outcome"], "ok");
}

TEST_F(TargetVerify, PipelinedLoadOnAServerThatClosesFailsItsCaseBeforeItsTrials) {
  const auto file = scenario("command: [\"" + program("stand_in_server") + "\", \"{port}\", \"0\"]",
                             "path: /, pipeline: \"{depth}\"", "matrix: {depth: [1, 8]}\n");
  const auto end = run({"run", file, "--trials", "2"});
  EXPECT_EQ(end.status, 20) << end.err;
  EXPECT_THAT(end.err, HasSubstr("depth=8 · failed: the target cannot take 8 requests in one write: close: sent 8"));
  EXPECT_THAT(end.out, HasSubstr("2 of 4 trials in the summary"));
}

}  // namespace
}  // namespace hotlap::harness
