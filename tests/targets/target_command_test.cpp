// hotlap-target as scripts meet it: ready line, exit line, exact counts, exit codes; with real stores.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>

#include "base/process.h"
#include "base/socket.h"
#include "loadgen/run.h"

namespace hotlap {
namespace {

using namespace std::chrono_literals;

struct Started {
  Process process;
  std::uint16_t port;
};

std::optional<Started> start(const std::string& program, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), std::string(HOTLAP_BIN_DIR "/") + program);
  auto process = Process::start({.arguments = std::move(arguments)});
  if (!process) return std::nullopt;
  const auto line = process->read_line(20s).value_or("");
  const auto at = line.find("ready port=");
  if (at == std::string::npos) {
    ADD_FAILURE() << program << " said: " << line << process->output_tail();
    return std::nullopt;
  }
  return Started{std::move(*process), static_cast<std::uint16_t>(std::stoi(line.substr(at + 11)))};
}

std::uint64_t number_after(const std::string& text, const std::string& key) {
  const auto at = text.find(key);
  return at == std::string::npos ? 0 : std::stoull(text.substr(at + key.size()));
}

load::Measurement drive(std::uint16_t port, const std::string& path, int depth) {
  load::LoadSpec spec{.url = {.host = "127.0.0.1", .port = port, .target = path},
                      .method = "GET",
                      .connections = 5,
                      .pipeline_depth = depth,
                      .duration = 150ms,
                      .warm_up = 30ms,
                      .timeout = 20s};
  auto measurement = loadgen::run_load(spec, {}, [] { return false; });
  EXPECT_TRUE(measurement) << measurement.error().message;
  return measurement ? std::move(*measurement) : load::Measurement{};
}

// A worker of prefork serves one connection at a time, and drive() opens five.
std::string workers_for(const std::string& engine) {
  return engine == "prefork" ? "5" : "1";
}

using Case = std::tuple<const char*, const char*>;
class EngineAndLinks : public testing::TestWithParam<Case> {};

TEST_P(EngineAndLinks, LoadAndTargetCountTheSameToTheRequest) {
  const auto [engine, links] = GetParam();
  auto store = start("hotlap-tuplestore", {"--port", "0"});
  ASSERT_TRUE(store);
  auto target = start("hotlap-target",
                      {"--engine", engine, "--port", "0", "--workers", workers_for(engine), "--store", "tuplestore",
                       "--store-address", "127.0.0.1:" + std::to_string(store->port), "--store-connections", links});
  ASSERT_TRUE(target);
  std::uint64_t answered = 0;
  for (const char* path : {"/ugly", "/good", "/bad", "/about"}) {
    for (const int depth : {1, 24}) {
      const auto measurement = drive(target->port, path, depth);
      EXPECT_GT(measurement.total.good, 0U) << path;
      EXPECT_EQ(measurement.total.good, measurement.total.sent) << path << " at depth " << depth;
      answered += measurement.total.answered;
    }
  }
  target->process.signal_group(SIGTERM);
  const auto served = target->process.read_line(20s).value_or("");
  EXPECT_EQ(number_after(served, "requests="), answered) << served;
  EXPECT_EQ(target->process.wait(20s).value().status, 0);
}

INSTANTIATE_TEST_SUITE_P(Target, EngineAndLinks,
                         testing::Combine(testing::Values("blocking", "threadpool", "prefork", "epoll", "pipelined",
                                                          "uring"),
                                          testing::Values("per-request", "one", "pool:3")),
                         [](const auto& instance) {
                           std::string name =
                               std::string(std::get<0>(instance.param)) + "_" + std::get<1>(instance.param);
                           std::ranges::replace_if(name, [](char c) { return c == '-' || c == ':'; }, '_');
                           return name;
                         });

// Sends `requests` on one connection, the last of which ends it, and reads until then.
std::string converse(std::uint16_t port, const std::string& requests) {
  auto socket = connect_tcp(*resolve("127.0.0.1", port), 5s);
  EXPECT_TRUE(socket);
  const timeval deadline{20, 0};
  ::setsockopt(socket->get(), SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
  EXPECT_TRUE(write_all(*socket, requests));
  std::string answers;
  char buffer[65536];
  for (ssize_t count = 0; (count = ::recv(socket->get(), buffer, sizeof buffer, 0)) > 0;)
    answers.append(buffer, static_cast<std::size_t>(count));
  return answers;
}

std::string get(const std::string& path, bool last = false) {
  return "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + (last ? "Connection: close\r\n\r\n" : "\r\n");
}

class PagesOfEveryEngine : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Target, PagesOfEveryEngine,
                         testing::Values("blocking", "threadpool", "prefork", "epoll", "pipelined", "uring"));

TEST_P(PagesOfEveryEngine, ServesEveryPageOverOneLinkInTheOrderAsked) {
  auto store = start("hotlap-tuplestore", {"--port", "0"});
  ASSERT_TRUE(store);
  auto target = start("hotlap-target", {"--engine", GetParam(), "--port", "0", "--store", "tuplestore",
                                        "--store-address", "127.0.0.1:" + std::to_string(store->port)});
  ASSERT_TRUE(target);
  const std::vector<std::pair<std::string, std::string>> pages = {{"/index", "Which sticker"},
                                                                  {"/good", "nine best"},
                                                                  {"/bad", "nine worst"},
                                                                  {"/ugly", "UGLY"},
                                                                  {"/index-one-call", "vote_plus"},
                                                                  {"/good-one-call", "nine best"},
                                                                  {"/about", "       16200"},
                                                                  {"/stickers?limit=1", "[{\"name\":"},
                                                                  {"/json", "Hello, World!"},
                                                                  {"/db", "randomNumber"},
                                                                  {"/queries?queries=20", "[{\"id\""},
                                                                  {"/updates?queries=20", "[{\"id\""},
                                                                  {"/cached-worlds?count=5", "[{"},
                                                                  {"/fortunes", "<title>Fortunes"},
                                                                  {"/plaintext", "Hello, World!"},
                                                                  {"/agents", "\"349\""},
                                                                  {"/agents/hello", "world"},
                                                                  {"/events?channel=large", "\"seq\":512"},
                                                                  {"/select-sync", "Hello world!\n"},
                                                                  {"/select-async", "Hello world!\n"},
                                                                  {"/select-lite", "Hello world!\n"},
                                                                  {"/eval-upsert", "Hello world!\n"},
                                                                  {"/upsert", "Hello world!\n"},
                                                                  {"/insert", "Hello world!\n"},
                                                                  {"/replace", "Hello world!\n"},
                                                                  {"/sleep?ms=1", "Slept 1 ms"}};
  std::string requests;
  for (const auto& [path, words] : pages) requests += get(path);
  const auto answers = converse(target->port, requests + get("/ugly", true));
  std::size_t at = 0;
  for (const auto& [path, words] : pages) {
    ASSERT_EQ(answers.substr(at, 15), "HTTP/1.1 200 OK") << path;
    const auto next = answers.find("HTTP/1.1 ", at + 1);
    ASSERT_NE(next, std::string::npos) << path;
    EXPECT_LT(answers.find(words, at), next) << path;
    at = next;
  }
}

// Which of two sockets has something to read first; -1: none within 20 s.
int first_readable(const Fd& a, const Fd& b) {
  pollfd both[] = {{a.get(), POLLIN, 0}, {b.get(), POLLIN, 0}};
  if (::poll(both, 2, 20'000) <= 0) return -1;
  return both[0].revents ? 0 : 1;
}

TEST_P(PagesOfEveryEngine, ASleepingPageHoldsUpItsOwnConnectionAndNoOther) {
  const auto workers = std::string_view(GetParam()) == "prefork" ? "2" : "1";  // one serves a single connection there
  auto target = start("hotlap-target", {"--engine", GetParam(), "--workers", workers, "--port", "0"});
  ASSERT_TRUE(target);
  // Longer sleeps only when this machine was too slow to tell.
  for (int milliseconds = 250; milliseconds <= 8000; milliseconds *= 2) {
    auto sleeping = connect_tcp(*resolve("127.0.0.1", target->port), 5s);
    auto other = connect_tcp(*resolve("127.0.0.1", target->port), 5s);
    ASSERT_TRUE(sleeping && other);
    ASSERT_TRUE(write_all(*sleeping, get("/sleep?ms=" + std::to_string(milliseconds)) + get("/ugly", true)));
    ASSERT_TRUE(write_all(*other, get("/ugly")));
    const bool other_came_first = first_readable(*sleeping, *other) == 1;
    std::string answers;
    char buffer[4096];
    for (ssize_t count = 0; (count = ::recv(sleeping->get(), buffer, sizeof buffer, 0)) > 0;)
      answers.append(buffer, static_cast<std::size_t>(count));
    ASSERT_NE(answers.find("UGLY"), std::string::npos);
    EXPECT_LT(answers.find("Slept"), answers.find("UGLY")) << "answers keep the order of their requests";
    if (other_came_first) return;
  }
  FAIL() << "the other connection was held up";
}

int exit_of(std::vector<std::string> arguments, std::string& said) {
  arguments.insert(arguments.begin(), HOTLAP_BIN_DIR "/hotlap-target");
  auto process = Process::start({.arguments = std::move(arguments)});
  EXPECT_TRUE(process);
  const auto exit = process->wait(20s);
  said = process->output_tail();
  return exit ? exit->status : -1;
}

TEST(TargetCommand, WhatCannotWorkSaysSoAndExits) {
  std::string said;
  EXPECT_EQ(exit_of({"--engine", "steam"}, said), 2);
  EXPECT_EQ(exit_of({"--cpus", "999"}, said), 2) << said;
  EXPECT_EQ(exit_of({"--store", "embedded", "--store-connections", "pool:0", "--workers", "0"}, said), 2) << said;

  const auto taken = listen_tcp(*resolve("127.0.0.1", 0), {});
  const auto port = std::to_string(local_address(*taken)->port());
  EXPECT_EQ(exit_of({"--port", port}, said), 1);
  EXPECT_NE(said.find("port " + port), std::string::npos) << said;
  EXPECT_EQ(exit_of({"--port", port, "--workers", "2"}, said), 1);

  auto nobody = listen_tcp(*resolve("127.0.0.1", 0), {});
  const auto address = local_address(*nobody)->text();
  nobody->reset();
  EXPECT_EQ(exit_of({"--port", "0", "--store", "tuplestore", "--store-address", address}, said), 21);
  EXPECT_NE(said.find(address), std::string::npos) << said;
}

TEST(TargetCommand, AStoreThatDiesTurnsPagesIntoErrorsNotIntoSilence) {
  auto store = start("hotlap-tuplestore", {"--port", "0"});
  ASSERT_TRUE(store);
  auto target = start("hotlap-target", {"--engine", "pipelined", "--port", "0", "--store", "tuplestore",
                                        "--store-address", "127.0.0.1:" + std::to_string(store->port)});
  ASSERT_TRUE(target);
  EXPECT_GT(drive(target->port, "/good", 1).requests.good, 0U);
  store->process.stop(5s);
  const auto after = drive(target->port, "/good", 1);
  EXPECT_EQ(after.requests.good, 0U);
  EXPECT_GT(after.status.at(503), 0U);
  EXPECT_GT(drive(target->port, "/ugly", 1).requests.good, 0U);
}

}  // namespace
}  // namespace hotlap
