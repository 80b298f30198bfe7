// More connections than the process may open files: the limit is raised, or the run refused with the real numbers.
// Never are fewer connections measured than were asked for.
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/process.h"
#include "tests/calibration/known_server.h"
#include "tests/calibration/load_program.h"

namespace hotlap::calibration {
namespace {

using namespace std::chrono_literals;

// The program under limits of the shell's `ulimit`. Root may raise any limit, so it gives up that right first.
std::vector<std::string> under(const std::string& limits) {
  std::vector<std::string> words;
  if (::geteuid() == 0) words = {"setpriv", "--inh-caps", "-sys_resource", "--bounding-set", "-sys_resource"};
  words.insert(words.end(), {"sh", "-c", limits + R"( && exec "$0" "$@")"});
  return words;
}

TEST(FileLimit, ASoftLimitIsRaisedAndEveryConnectionServed) {
  auto server = KnownServer::start({});
  ASSERT_TRUE(server);
  const auto run = run_load_program({"-c", "150", "-d", "300ms"}, server->url(), {.before = under("ulimit -Sn 40")});
  const auto& truth = server->stop();
  EXPECT_EQ(run.measurement.connections.requested, 150U);
  EXPECT_EQ(run.measurement.connections.established, 150U) << run.kinds();
  EXPECT_EQ(truth.connections, 150U + run.measurement.connections.reconnects);
  EXPECT_EQ(run.measurement.total.sent, truth.requests);
}

TEST(FileLimit, AHardLimitIsRefusedWithTheRealNumbers) {
  auto server = KnownServer::start({});
  ASSERT_TRUE(server);
  auto arguments = under("ulimit -n 40");
  arguments.insert(arguments.end(), {HOTLAP_BIN_DIR "/hotlap-load", "-c", "150", "-d", "300ms", server->url()});
  auto process = Process::start({.arguments = arguments});
  ASSERT_TRUE(process) << process.error().message;
  std::string output;
  while (const auto line = process->read_line(30s)) output += *line + "\n";
  const auto exit = process->wait(30s);
  ASSERT_TRUE(exit);
  EXPECT_FALSE(exit->signalled) << output;
  EXPECT_NE(exit->status, 0) << output;
  EXPECT_NE(output.find("218 open files are needed but the limit is 40 (hard limit 40)"), std::string::npos) << output;
  EXPECT_NE(output.find("ulimit -n 218"), std::string::npos) << output;
  EXPECT_EQ(server->stop().requests, 0U) << "nothing was measured";
}

}  // namespace
}  // namespace hotlap::calibration
