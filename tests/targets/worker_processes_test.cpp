// Worker processes of hotlap-target: one that is killed is replaced, nobody else notices, and none outlives its master.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "base/clock.h"
#include "base/file_text.h"
#include "base/process.h"
#include "base/socket.h"

namespace hotlap {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kPatience = 20s;

bool eventually(const std::function<bool()>& holds) {
  const Instant deadline = monotonic_now() + kPatience;
  while (!holds())
    if (monotonic_now() > deadline) return false;
  return true;
}

std::set<pid_t> children_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
  std::set<pid_t> children;
  for (pid_t child = 0; file >> child;) children.insert(child);
  return children;
}

bool runs(pid_t pid) {
  const auto stat = file_text("/proc/" + std::to_string(pid) + "/stat");
  const auto state = stat.rfind(") ");
  return state != std::string::npos && stat[state + 2] != 'Z';
}

class Target {
 public:
  explicit Target(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), HOTLAP_BIN_DIR "/hotlap-target");
    arguments.insert(arguments.end(), {"--port", "0"});
    auto started = Process::start({.arguments = std::move(arguments)});
    EXPECT_TRUE(started);
    process_.emplace(std::move(*started));
    const auto line = process_->read_line(kPatience).value_or("");
    const auto at = line.find("ready port=");
    EXPECT_NE(at, std::string::npos) << line << process_->output_tail();
    if (at != std::string::npos) port_ = static_cast<std::uint16_t>(std::stoi(line.substr(at + 11)));
  }
  [[nodiscard]] std::set<pid_t> workers() const { return children_of(process_->pid()); }
  [[nodiscard]] Process& process() { return *process_; }

  [[nodiscard]] Fd client() const {
    auto socket = connect_tcp(*resolve("127.0.0.1", port_), kPatience);
    EXPECT_TRUE(socket);
    if (!socket) return {};
    const timeval patience{20, 0};
    ::setsockopt(socket->get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return std::move(*socket);
  }
  // The status line of an answer and what follows it; empty when the connection has gone.
  static std::string ask(const Fd& client, const std::string& path) {
    if (!write_all(client, "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")) return {};
    char buffer[4096];
    const auto count = ::recv(client.get(), buffer, sizeof buffer, 0);
    return count > 0 ? std::string(buffer, static_cast<std::size_t>(count)) : std::string();
  }
  [[nodiscard]] std::uint64_t statistic(const std::string& name) const {
    const auto text = ask(client(), "/_stats");
    const auto at = text.find("\"" + name + "\":");
    return at == std::string::npos ? ~std::uint64_t{0} : std::stoull(text.substr(at + name.size() + 3));
  }

 private:
  std::optional<Process> process_;
  std::uint16_t port_ = 0;
};

constexpr const char* kUgly = "HTTP/1.1 200 OK";

class WorkerProcesses : public testing::TestWithParam<const char*> {};

TEST_P(WorkerProcesses, OneThatIsKilledIsReplacedAndOnlyItsOwnConnectionsAreLost) {
  Target target({"--engine", GetParam(), "--workers", "3", "--workers-as", "processes"});
  const auto before = target.workers();
  ASSERT_EQ(before.size(), 3U);
  std::vector<Fd> clients;  // one at a time: no more connections than workers
  for (int i = 0; i < 2; ++i) {
    clients.push_back(target.client());
    ASSERT_TRUE(Target::ask(clients.back(), "/ugly").starts_with(kUgly));
  }
  const pid_t victim = *before.begin();
  ::kill(victim, SIGKILL);
  ASSERT_TRUE(eventually([&] {
    const auto now = target.workers();
    return now.size() == 3 && !now.contains(victim);
  }));
  const auto after = target.workers();
  EXPECT_EQ(std::ranges::count_if(after, [&](pid_t pid) { return before.contains(pid); }), 2) << "the others stay";
  // Both clients may have been with the same worker, the victim or another; a lost one connects again and is served.
  std::size_t served = 0;
  for (auto& client : clients) {
    if (Target::ask(client, "/ugly").starts_with(kUgly)) {
      ++served;
      continue;
    }
    client = target.client();
    EXPECT_TRUE(Target::ask(client, "/ugly").starts_with(kUgly));
    ++served;
  }
  EXPECT_EQ(served, 2U);
  clients.clear();
  EXPECT_TRUE(eventually([&] { return target.statistic("restarts") == 1; }));

  target.process().signal_group(SIGTERM);
  const auto exit = target.process().wait(kPatience);
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->status, 0) << target.process().output_tail();
  const auto said = target.process().output_tail();
  EXPECT_NE(said.find("restarts=1"), std::string::npos) << said;
  // Four asked and answered, and two more if none, one or both lost a connection: counted in memory that outlives all.
  const auto requests = std::stoull(said.substr(said.find("requests=") + 9));
  EXPECT_EQ(requests, 4U) << said;
  for (const pid_t pid : after) EXPECT_TRUE(eventually([&] { return !runs(pid); }));
}

TEST_P(WorkerProcesses, NoneOutlivesItsMaster) {
  Target target({"--engine", GetParam(), "--workers", "2", "--workers-as", "processes"});
  const auto workers = target.workers();
  ASSERT_EQ(workers.size(), 2U);
  ::kill(target.process().pid(), SIGKILL);
  for (const pid_t pid : workers) EXPECT_TRUE(eventually([&] { return !runs(pid); })) << pid;
}

INSTANTIATE_TEST_SUITE_P(Target, WorkerProcesses, testing::Values("prefork", "pipelined"),
                         [](const auto& instance) { return std::string(instance.param); });

TEST(WorkerProcess, OneThatCannotBeginEndsTheMasterWithItsReason) {
  auto nobody = listen_tcp(*resolve("127.0.0.1", 0), {});
  const auto address = local_address(*nobody)->text();
  nobody->reset();
  auto process =
      Process::start({.arguments = {HOTLAP_BIN_DIR "/hotlap-target", "--port", "0", "--workers", "2", "--workers-as",
                                    "processes", "--store", "tuplestore", "--store-address", address}});
  ASSERT_TRUE(process);
  const auto exit = process->wait(kPatience);
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->status, 21);
  EXPECT_NE(process->output_tail().find(address), std::string::npos) << process->output_tail();
}

TEST(WorkerProcess, FurtherConnectionsOfAPreforkedTargetWaitForTheirTurn) {
  Target target({"--engine", "prefork", "--workers", "1"});
  auto first = target.client();
  ASSERT_TRUE(Target::ask(first, "/ugly").starts_with(kUgly));
  const auto second = target.client();
  ASSERT_TRUE(write_all(second, "GET /ugly HTTP/1.1\r\nHost: x\r\n\r\n"));
  ASSERT_TRUE(Target::ask(first, "/ugly").starts_with(kUgly));
  char byte = 0;
  EXPECT_LT(::recv(second.get(), &byte, 1, MSG_DONTWAIT), 0);
  first.reset();
  EXPECT_EQ(::recv(second.get(), &byte, 1, 0), 1);
}

}  // namespace
}  // namespace hotlap
