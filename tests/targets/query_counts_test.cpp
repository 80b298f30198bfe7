// What each page asks of its database, by the database's own statistics: TechEmpower's verifier counts this way, and a
// server cannot talk it round.
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>

#include "base/process.h"
#include "base/program_path.h"
#include "base/socket.h"
#include "tests/targets/stores/postgres/running_postgres.h"
#include "tests/targets/stores/tuple/running_store.h"

namespace hotlap::targets {
namespace {

using namespace std::chrono_literals;

constexpr int kRequests = 5;  // of each page

// Kind of operation → how many; kinds that did not occur are left out.
using Counts = std::map<std::string, std::int64_t>;

class Target {
 public:
  // Asks for each page over one connection of its own, so that a failure is this page's.
  Target(const std::string& engine, const std::string& links, const std::string& store, const std::string& address)
      : process_(
            Process::start({.arguments = {HOTLAP_BIN_DIR "/hotlap-target", "--engine", engine, "--port", "0", "--store",
                                          store, "--store-address", address, "--store-connections", links}})) {
    if (!process_) return;
    const auto line = process_->read_line(20s).value_or("");
    if (const auto at = line.find("ready port="); at != std::string::npos)
      port_ = static_cast<std::uint16_t>(std::stoi(line.substr(at + 11)));
  }
  [[nodiscard]] bool ready() const { return port_ != 0; }

  void ask(const std::string& page, int requests) const {
    const auto answers = converse(page, requests);
    int good = 0;
    for (auto at = answers.find(kGood); at != std::string::npos; at = answers.find(kGood, at + 1)) ++good;
    ASSERT_EQ(good, requests) << page << ": " << answers.substr(0, 300);
  }
  // What it says itself that it asked of its database.
  [[nodiscard]] std::int64_t store_calls() const {
    constexpr std::string_view kKey = "\"store_calls\":";
    const auto answer = converse("/_stats", 1);
    const auto at = answer.find(kKey);
    EXPECT_NE(at, std::string::npos) << answer;
    return at == std::string::npos ? -1 : std::stoll(answer.substr(at + kKey.size()));
  }

 private:
  static constexpr std::string_view kGood = "HTTP/1.1 200 OK\r\n";

  [[nodiscard]] std::string converse(const std::string& page, int requests) const {
    std::string text;
    for (int i = 1; i <= requests; ++i)
      text += fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", page,
                          i == requests ? "Connection: close\r\n" : "");
    auto socket = connect_tcp(resolve("127.0.0.1", port_).value(), 5s);
    EXPECT_TRUE(socket);
    if (!socket) return {};
    const timeval deadline{20, 0};
    ::setsockopt(socket->get(), SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    EXPECT_TRUE(write_all(*socket, text));
    std::string answers;
    char buffer[65536];
    for (ssize_t count = 0; (count = ::recv(socket->get(), buffer, sizeof buffer, 0)) > 0;)
      answers.append(buffer, static_cast<std::size_t>(count));
    return answers;
  }

  Result<Process> process_;
  std::uint16_t port_ = 0;
};

// Of a tuple store since it started; the call that asks for them is taken off.
Counts counted_by(Store& store) {
  static std::map<Store*, std::int64_t> asked;
  Counts counts;
  const auto rows = execute(store, {.kind = OperationKind::call, .text = "hotlap_statistics"});
  EXPECT_TRUE(rows) << rows.error().message;
  if (!rows) return counts;
  for (const auto row : *rows)
    counts[std::string(std::get<std::string_view>(row.at(0)))] = std::get<std::int64_t>(row.at(1));
  counts["CALL"] -= ++asked[&store];
  return counts;
}

Counts difference(const Counts& before, const Counts& after) {
  Counts counts;
  for (const auto& [kind, count] : after)
    if (const auto more = count - (before.contains(kind) ? before.at(kind) : 0); more != 0) counts[kind] = more;
  return counts;
}

// The target reads the About page's statistics by itself, at its start and every five seconds: an extra query is one of
// the page's only when it is there each time. At the start there are several, one after the other.
constexpr int kTries = 10;

// Measures until `expected` comes, or the last time.
template <class Measure>
Counts counted_undisturbed(const Counts& expected, Measure measure) {
  Counts counted = measure();
  for (int again = 1; again < kTries && counted != expected; ++again) counted = measure();
  return counted;
}

struct PageCost {
  const char* page;
  Counts tuple_store;  // of one request
  Counts postgres;     // statements, and rows that they touched
};

const PageCost kTechEmpower[] = {
    {"/json", {}, {}},
    {"/plaintext", {}, {}},
    {"/cached-worlds?count=20", {}, {}},
    {"/db", {{"SELECT", 1}}, {{"select", 1}, {"rows selected", 1}}},
    {"/queries?queries=7", {{"SELECT", 7}}, {{"select", 7}, {"rows selected", 7}}},
    {"/updates?queries=7",
     {{"SELECT", 7}, {"UPDATE", 7}},
     {{"select", 7}, {"rows selected", 7}, {"update", 7}, {"rows updated", 7}}},
    {"/fortunes", {{"SELECT", 1}}, {{"select", 1}, {"rows selected", 12}}},
};

Counts times(Counts counts, std::int64_t number) {
  for (auto& [kind, count] : counts) count *= number;
  return counts;
}

using StoreAndLinks = std::tuple<const char*, const char*, const char*>;
class QueryCounts : public testing::TestWithParam<StoreAndLinks> {};

TEST_P(QueryCounts, TupleStoresCountWhatTheVerifierDemands) {
  const auto [name, engine, links] = GetParam();
  const bool real = std::string_view(name) == "tarantool";
  if (real && !find_program("tarantool")) GTEST_SKIP() << "the program 'tarantool' is not installed";
  auto running = real ? RunningStore::tarantool() : RunningStore::tuplestore();
  ASSERT_TRUE(running) << running.error().message;
  const Target target(engine, links, name, (*running)->options().address.text());
  ASSERT_TRUE(target.ready());
  auto store = make_blocking_tuple_store((*running)->options());
  for (const auto& cost : kTechEmpower) {
    auto expected = times(cost.tuple_store, kRequests);
    std::int64_t all = 0;
    for (const auto& [kind, count] : expected) all += count;
    if (all > 0) expected["by the target's own count"] = expected["SENT"] = all;
    EXPECT_EQ(counted_undisturbed(expected,
                                  [&] {
                                    auto before = counted_by(*store);
                                    before["by the target's own count"] = target.store_calls();
                                    target.ask(cost.page, kRequests);
                                    auto after = counted_by(*store);
                                    after["by the target's own count"] = target.store_calls();
                                    return difference(before, after);
                                  }),
              expected)
        << cost.page;
  }
}

INSTANTIATE_TEST_SUITE_P(TechEmpower, QueryCounts,
                         testing::Values(StoreAndLinks{"tuplestore", "epoll", "one"},
                                         StoreAndLinks{"tuplestore", "blocking", "per-request"},
                                         StoreAndLinks{"tarantool", "epoll", "one"},
                                         StoreAndLinks{"tarantool", "blocking", "per-request"}),
                         [](const auto& instance) {
                           return fmt::format("{}_{}", std::get<0>(instance.param), std::get<1>(instance.param));
                         });

// Both tuple stores must count alike, or the figures of one say nothing of the other.
TEST(QueryCountsOfTheSite, OurTupleStoreCountsAsTarantoolDoes) {
  if (!find_program("tarantool")) GTEST_SKIP() << "the program 'tarantool' is not installed";
  auto ours = RunningStore::tuplestore();
  auto theirs = RunningStore::tarantool();
  ASSERT_TRUE(ours && theirs);
  const Target our_target("epoll", "one", "tuplestore", (*ours)->options().address.text());
  const Target their_target("epoll", "one", "tarantool", (*theirs)->options().address.text());
  ASSERT_TRUE(our_target.ready() && their_target.ready());
  auto our_store = make_blocking_tuple_store((*ours)->options());
  auto their_store = make_blocking_tuple_store((*theirs)->options());
  for (const char* page : {"/index", "/good", "/bad", "/good-one-call", "/stickers", "/agents", "/select-async",
                           "/eval-upsert", "/upsert", "/insert", "/replace"}) {
    Counts theirs_counted;
    Counts ours_counted;
    for (int time = 0; time < kTries && (time == 0 || ours_counted != theirs_counted); ++time) {
      const auto our_before = counted_by(*our_store);
      const auto their_before = counted_by(*their_store);
      our_target.ask(page, kRequests);
      their_target.ask(page, kRequests);
      ours_counted = difference(our_before, counted_by(*our_store));
      theirs_counted = difference(their_before, counted_by(*their_store));
    }
    EXPECT_EQ(ours_counted, theirs_counted) << page;
    EXPECT_FALSE(ours_counted.empty()) << page << " asks its database";
  }
}

// What a start script says with --calls; -1 when it says no number.
std::int64_t calls_by_script(const std::string& service, std::uint16_t port) {
  auto script = Process::start(
      {.arguments = {"bash", HOTLAP_SOURCE_DIR "/scenarios/services/" + service + "/start.sh", "--calls"},
       .environment = {{"HOTLAP_PORT", std::to_string(port)},
                       {"HOTLAP_TUPLESTORE", HOTLAP_BIN_DIR "/hotlap-tuplestore"}}});
  if (!script) return -1;
  (void)script->wait(20s);
  std::int64_t calls = -1;
  std::istringstream said(script->output_tail());
  EXPECT_TRUE(said >> calls) << said.str();
  return calls;
}

// One operation is one call on both sides, also where it is a procedure that does a page's whole work.
void expect_script_and_target_to_agree(const Target& target, const std::string& service, std::uint16_t port) {
  for (const char* page : {"/db", "/updates?queries=7", "/index", "/good", "/good-one-call", "/upsert"}) {
    std::int64_t by_target = 0;
    const auto by_script = [&] {
      const auto own = target.store_calls();
      const auto before = calls_by_script(service, port);
      target.ask(page, kRequests);
      const auto after = calls_by_script(service, port);
      by_target = target.store_calls() - own;
      return after - before;
    };
    auto counted = by_script();
    for (int again = 1; again < kTries && counted != by_target; ++again) counted = by_script();
    EXPECT_EQ(counted, by_target) << page;
    EXPECT_GE(counted, kRequests) << page;
  }
}

TEST(CallsByScript, OfTarantoolAreTheTargets) {
  if (!find_program("tarantool")) GTEST_SKIP() << "the program 'tarantool' is not installed";
  auto running = RunningStore::tarantool();
  ASSERT_TRUE(running) << running.error().message;
  const auto& address = (*running)->options().address;
  const Target target("epoll", "per-request", "tarantool", address.text());
  ASSERT_TRUE(target.ready());
  expect_script_and_target_to_agree(target, "tarantool", address.port());
}

TEST(CallsByScript, OfPostgresAreTheTargets) {
  if (const auto why = RunningPostgres::missing(); !why.empty()) GTEST_SKIP() << why;
  auto server = RunningPostgres::start();
  ASSERT_TRUE(server) << server.error().message;
  const Target target("epoll", "pool:2", "postgres", fmt::format("127.0.0.1:{}", (*server)->port()));
  ASSERT_TRUE(target.ready());
  expect_script_and_target_to_agree(target, "postgres", (*server)->port());
}

TEST(QueryCountsOfPostgres, StatementsAreThoseThatTheVerifierDemands) {
  if (const auto why = RunningPostgres::missing(); !why.empty()) GTEST_SKIP() << why;
  auto server = RunningPostgres::start();
  ASSERT_TRUE(server) << server.error().message;
  const Target target("epoll", "pool:2", "postgres", fmt::format("127.0.0.1:{}", (*server)->port()));
  ASSERT_TRUE(target.ready());
  // Whatever is no select and no update counts under its own words: nothing may hide there.
  const std::string counts_query =
      "SELECT kind, sum(calls), sum(rows) FROM (SELECT CASE WHEN query ILIKE 'select%' THEN 'select' "
      "WHEN query ILIKE 'update%' THEN 'update' ELSE query END AS kind, calls, rows FROM pg_stat_statements "
      "WHERE query NOT LIKE '%pg_stat_statements%') s GROUP BY kind";
  const auto measure = [&](const char* page) {
    Counts counted;
    EXPECT_EQ((*server)->query("SELECT 1 FROM pg_stat_statements_reset()"), "1");
    target.ask(page, kRequests);
    std::istringstream lines((*server)->query(counts_query));
    for (std::string line; std::getline(lines, line);) {
      const auto first = line.find('|');
      const auto second = line.rfind('|');
      EXPECT_LT(first, second) << line;
      if (first == second) continue;
      const auto kind = line.substr(0, first);
      counted[kind] = std::stoll(line.substr(first + 1, second - first - 1));
      if (kind == "select") counted["rows selected"] = std::stoll(line.substr(second + 1));
      if (kind == "update") counted["rows updated"] = std::stoll(line.substr(second + 1));
    }
    return counted;
  };
  for (const auto& cost : kTechEmpower) {
    const auto expected = times(cost.postgres, kRequests);
    EXPECT_EQ(counted_undisturbed(expected, [&] { return measure(cost.page); }), expected) << cost.page;
  }
}

}  // namespace
}  // namespace hotlap::targets
