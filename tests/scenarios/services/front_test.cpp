// The start scripts of nginx and HAProxy, run as the harness runs them, in front of a server that counts connections.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/process.h"
#include "base/program_path.h"
#include "base/socket.h"
#include "harness/port_owner.h"
#include "harness/ready_line.h"
#include "harness/work_folder.h"
#include "tests/loadgen/scripted_server.h"
#include "tests/scenarios/listeners_of_group.h"

namespace hotlap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr Nanos kLimit = std::chrono::seconds(20);
using Environment = std::vector<std::pair<std::string, std::string>>;

bool answer_ugly(const Fd& connection, int requests) {
  for (int i = 0; i < requests; ++i)
    if (!write_all(connection, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nUGLY")) return false;
  return true;
}

// One client connection, on which requests follow each other.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(*connect_tcp(*resolve("127.0.0.1", port), kLimit)) {}

  // Status line, headers and body of the answer.
  std::string get(const std::string& path) {
    EXPECT_TRUE(write_all(socket_, "GET " + path + " HTTP/1.1\r\nHost: site\r\n\r\n"));
    std::string answer;
    std::size_t length = 0;
    char buffer[4096];
    while (length == 0 || answer.size() < length) {
      const auto count = ::recv(socket_.get(), buffer, sizeof buffer, 0);
      if (count <= 0) return answer;
      answer.append(buffer, static_cast<std::size_t>(count));
      const auto end = answer.find("\r\n\r\n");
      std::string head = answer.substr(0, end);
      for (auto& c : head) c = static_cast<char>(std::tolower(c));
      const auto field = head.find("content-length: ");
      if (end != std::string::npos && field != std::string::npos)
        length = end + 4 + std::stoul(head.substr(field + 16));
    }
    return answer;
  }

 private:
  Fd socket_;
};

class Front : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string name = GetParam();
    for (const auto& program : {name, "/usr/sbin/" + name})
      if (find_program(program)) return;
    GTEST_SKIP() << name << " is not installed (tools/install test)";
  }

  // Starts it and waits for its ready line; the environment names what is behind it.
  void start(Environment environment) {
    port_ = *harness::free_port();
    environment.emplace_back("HOTLAP_PORT", std::to_string(port_));
    environment.emplace_back("HOTLAP_WORK_DIR", folder_->path());
    auto process = Process::start(
        {.arguments = {"bash", fmt::format("{}/scenarios/services/{}/start.sh", HOTLAP_SOURCE_DIR, GetParam())},
         .environment = environment,
         .working_directory = folder_->path()});
    ASSERT_TRUE(process) << process.error().message;
    process_ = std::move(*process);
    const auto line = process_->read_line(kLimit).value_or("");
    ready_ = harness::parse_ready_line(fmt::format("hotlap-{}", GetParam()), line);
  }
  void start_before(std::uint16_t server, Environment environment = {}) {
    environment.emplace_back("HOTLAP_UPSTREAM_PORT", std::to_string(server));
    start(std::move(environment));
    ASSERT_TRUE(ready_) << process_->output_tail();
  }

  Result<harness::WorkFolder> folder_ = harness::WorkFolder::create();
  std::optional<Process> process_;
  std::optional<harness::ReadyLine> ready_;
  std::uint16_t port_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Services, Front, testing::Values("nginx", "haproxy"),
                         [](const auto& front) { return std::string(front.param); });

TEST_P(Front, ServesOnLoopbackOnlyAndLeavesNothingRunningAfterSigterm) {
  ScriptedServer server(answer_ugly);
  start_before(server.port());
  EXPECT_EQ(ready_->port, port_);
  EXPECT_THAT(listeners_of_group(process_->pid()), ElementsAre(fmt::format("127.0.0.1:{}", port_)));
  const auto answer = Client(port_).get("/ugly");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\nUGLY")) << answer;

  ::kill(process_->pid(), SIGTERM);  // only the script: it takes the proxy with it
  const auto exit = process_->wait(kLimit);
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->status, 0) << process_->output_tail();
  EXPECT_THAT(processes_of_group(process_->pid()), IsEmpty());
}

TEST_P(Front, KeepsConnectionsToTheServerOrMakesOneForEachRequest) {
  for (const auto& [upstream, expected] : {std::pair("keep-alive", 1), std::pair("close", 3)}) {
    ScriptedServer server(answer_ugly);
    start_before(server.port(), {{"HOTLAP_FRONT_UPSTREAM", upstream}});
    Client client(port_);
    for (int request = 0; request < 3; ++request) EXPECT_THAT(client.get("/ugly"), StartsWith("HTTP/1.1 200"));
    server.stop();
    EXPECT_EQ(server.requests(), 3);
    EXPECT_EQ(server.connections(), expected) << upstream;
    (void)process_->stop(kLimit);
    folder_ = harness::WorkFolder::create();
  }
}

TEST_P(Front, SpeaksToAServerOnAUnixSocket) {
  const auto path = folder_->path() + "/server.sock";
  ScriptedServer server(answer_ugly, Address::unix_path(path).value());
  start({{"HOTLAP_UPSTREAM_SOCKET", path}});
  ASSERT_TRUE(ready_) << process_->output_tail();
  EXPECT_THAT(Client(port_).get("/ugly"), StartsWith("HTTP/1.1 200"));
}

TEST_P(Front, SaysThatTheServerFailedUnlessItsErrorsAreBroken) {
  const auto nobody = *harness::free_port();
  start_before(nobody);
  EXPECT_THAT(Client(port_).get("/ugly"), StartsWith("HTTP/1.1 50"));
  (void)process_->stop(kLimit);
  folder_ = harness::WorkFolder::create();

  start_before(nobody, {{"HOTLAP_FRONT_ERRORS", "broken"}});
  EXPECT_THAT(Client(port_).get("/ugly"), StartsWith("HTTP/1.1 404"));
}

TEST_P(Front, NamesWhatItsEnvironmentLacks) {
  for (const auto& [environment, complaint] :
       {std::pair(Environment{}, "set HOTLAP_UPSTREAM_PORT or HOTLAP_UPSTREAM_SOCKET"),
        std::pair(Environment{{"HOTLAP_UPSTREAM_PORT", "1"}, {"HOTLAP_FRONT_UPSTREAM", "pool"}},
                  "HOTLAP_FRONT_UPSTREAM 'pool' is not keep-alive or close"),
        std::pair(Environment{{"HOTLAP_UPSTREAM_PORT", "1"}, {"HOTLAP_FRONT_TIMEOUT", "5"}},
                  "HOTLAP_FRONT_TIMEOUT '5' is not a whole number followed by ms, s or m")}) {
    start(environment);
    EXPECT_FALSE(ready_);
    const auto exit = process_->wait(kLimit);
    ASSERT_TRUE(exit);
    EXPECT_NE(exit->status, 0);
    EXPECT_THAT(process_->output_tail(), HasSubstr(fmt::format("hotlap-{}: {}", GetParam(), complaint)));
  }
}

}  // namespace
}  // namespace hotlap
