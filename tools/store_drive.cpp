// The driver of tuple stores without HTTP around it: what a database and its links can do at most.
// One thread, one event loop. So many askers as are to be in flight lease a link, ask one thing, give the link back and
// begin again, as pages of one operation would; a shared link therefore pipelines them, a pool serves as many as it has
// links, and per-request opens a connection for each. After 200 ms of warm-up, operations and CPU time are counted.
// Usage: store-drive HOST:PORT CONNECTIONS OPERATION IN_FLIGHT DURATION
//   CONNECTIONS  per-request, one or pool:N
//   OPERATION    select: nine stickers by rating; one: a sticker by its key; update: the statistics; upsert: one of a
//                thousand sessions; uuid: an expression; ping
// prints one line:
//   store-drive operations=N seconds=S throughput_per_s=R user_us=U system_us=S   (CPU time of this side, per
//   operation)
// The first operation that fails ends it with exit code 1 and the reason.
#include <fmt/core.h>
#include <sys/resource.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/socket.h"
#include "base/units.h"
#include "targets/loop/event_loop.h"
#include "targets/stores/tuple/tuple_store.h"

namespace {

using namespace hotlap;
using namespace hotlap::targets;

constexpr Nanos kWarmUp = std::chrono::milliseconds(200);
constexpr std::int64_t kSessions = 1000;

std::optional<Operation> operation_named(std::string_view name, std::int64_t number) {
  using enum OperationKind;
  const auto id = [](Space space) { return std::to_underlying(space); };
  if (name == "select")
    return Operation{.kind = select, .space = id(Space::stickers), .index = 1, .iterator = Iterator::le, .limit = 9};
  if (name == "one") return Operation{.kind = select, .space = id(Space::stickers), .key = {std::string("20000")}};
  if (name == "update")
    return Operation{
        .kind = update, .space = id(Space::server), .key = {std::int64_t{1}}, .changes = {{'+', 1, std::int64_t{1}}}};
  if (name == "upsert")
    return Operation{.kind = upsert,
                     .space = id(Space::sessions),
                     .tuple = {fmt::format("0f8fad5b-d9cb-469f-a165-{:012}", number), std::int64_t{1'494'000'000},
                               std::int64_t{0}, std::string("127.0.0.1"), std::string("Not detected")},
                     .changes = {{'=', 1, std::int64_t{1'494'000'000}},
                                 {'+', 2, std::int64_t{1}},
                                 {'=', 3, std::string("127.0.0.1")},
                                 {'=', 4, std::string("Not detected")}}};
  if (name == "uuid") return Operation{.kind = eval, .text = "return require('uuid').str()"};
  if (name == "ping") return Operation{};
  return std::nullopt;
}

struct Counts {
  std::uint64_t operations = 0;
  std::string failure;
};

class Asker {
 public:
  Asker(Store& store, Operation operation, Counts& counts)
      : store_(store), operation_(std::move(operation)), counts_(counts) {}
  void ask() {
    store_.lease([this](std::expected<LinkLease, StoreError> lease) {
      if (!lease) return fail(lease.error());
      lease_ = std::move(*lease);
      lease_->submit(operation_, [this](const Outcome& outcome) {
        if (!outcome) return fail(outcome.error());
        ++counts_.operations;
        lease_.reset();
        if (!ended) ask();
      });
    });
  }
  static inline bool ended = false;

 private:
  void fail(const StoreError& error) {
    if (counts_.failure.empty()) counts_.failure = fmt::format("error {}: {}", error.code, error.message);
    ended = true;
  }

  Store& store_;
  const Operation operation_;
  Counts& counts_;
  LinkLease lease_;
};

double us(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
}

rusage used() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage;
}

Result<void> drive(const std::vector<std::string>& arguments) {
  const auto address = resolve(arguments[0]);
  const auto connections = parse_store_connections(arguments[1]);
  const auto in_flight = parse_count(arguments[3]);
  const auto duration = parse_duration(arguments[4]);
  if (!address) return std::unexpected(address.error());
  if (!connections) return std::unexpected(connections.error());
  if (!in_flight) return std::unexpected(in_flight.error());
  if (!duration) return std::unexpected(duration.error());
  if (!operation_named(arguments[2], 0))
    return fail("operation '" + arguments[2] + "' is none of select, one, update, upsert, uuid or ping",
                ExitCode::usage);
  EventLoop loop;
  const auto store = make_async_tuple_store(loop, {.address = *address, .connections = *connections});
  Counts counts;
  std::vector<std::unique_ptr<Asker>> askers;
  for (std::uint64_t asker = 0; asker < *in_flight; ++asker)
    askers.push_back(std::make_unique<Asker>(
        *store, *operation_named(arguments[2], static_cast<std::int64_t>(asker) % kSessions), counts));
  const auto run_for = [&](Nanos time) {
    bool over = false;
    loop.after(time, [&over] { over = true; });
    loop.run([&] { return over || !counts.failure.empty(); });
  };
  for (auto& asker : askers) asker->ask();
  run_for(kWarmUp);
  counts.operations = 0;
  const auto before = used();
  const Instant start = monotonic_now();
  run_for(*duration);
  const auto seconds = std::chrono::duration<double>(monotonic_now() - start).count();
  const auto after = used();
  Asker::ended = true;
  if (!counts.failure.empty()) return fail(address->text() + ": " + counts.failure);
  if (counts.operations == 0) return fail(address->text() + " answered nothing");
  const auto operations = static_cast<double>(counts.operations);
  fmt::print("store-drive operations={} seconds={:.6f} throughput_per_s={:.1f} user_us={:.4f} system_us={:.4f}\n",
             counts.operations, seconds, operations / seconds, (us(after.ru_utime) - us(before.ru_utime)) / operations,
             (us(after.ru_stime) - us(before.ru_stime)) / operations);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() != 5) {
    fmt::print(stderr, "usage: store-drive HOST:PORT CONNECTIONS OPERATION IN_FLIGHT DURATION\n");
    return static_cast<int>(ExitCode::usage);
  }
  const auto driven = drive(arguments);
  if (driven) return 0;
  fmt::print(stderr, "store-drive: {}\n", driven.error().message);
  return static_cast<int>(driven.error().code);
}
