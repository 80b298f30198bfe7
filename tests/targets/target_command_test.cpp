// hotlap-target as scripts meet it: ready line, exit line, exact counts, exit codes; with real stores.
#include <gtest/gtest.h>
#include <signal.h>

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

using Case = std::tuple<const char*, const char*>;
class EngineAndLinks : public testing::TestWithParam<Case> {};

TEST_P(EngineAndLinks, LoadAndTargetCountTheSameToTheRequest) {
  const auto [engine, links] = GetParam();
  auto store = start("hotlap-tuplestore", {"--port", "0"});
  ASSERT_TRUE(store);
  auto target = start("hotlap-target", {"--engine", engine, "--port", "0", "--store", "tuplestore", "--store-address",
                                        "127.0.0.1:" + std::to_string(store->port), "--store-connections", links});
  ASSERT_TRUE(target);
  std::uint64_t answered = 0;
  for (const char* path : {"/ugly", "/good", "/bad", "/about"}) {
    for (const int depth : {1, 24}) {
      const auto measurement = drive(target->port, path, depth);
      EXPECT_GT(measurement.requests.good, 0U) << path;
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
                         testing::Combine(testing::Values("blocking", "epoll", "pipelined"),
                                          testing::Values("per-request", "one", "pool:3")),
                         [](const auto& instance) {
                           std::string name =
                               std::string(std::get<0>(instance.param)) + "_" + std::get<1>(instance.param);
                           std::ranges::replace_if(name, [](char c) { return c == '-' || c == ':'; }, '_');
                           return name;
                         });

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
