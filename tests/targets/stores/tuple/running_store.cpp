#include "tests/targets/stores/tuple/running_store.h"

#include <fmt/core.h>
#include <signal.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace hotlap::targets {
namespace {

constexpr Nanos kStartLimit = std::chrono::seconds(20);
constexpr Nanos kStopLimit = std::chrono::seconds(5);

Result<std::uint16_t> free_port() {
  const auto any = resolve("127.0.0.1", 0);
  if (!any) return std::unexpected(any.error());
  const auto listener = listen_tcp(*any, {});
  if (!listener) return std::unexpected(listener.error());
  const auto address = local_address(*listener);
  if (!address) return std::unexpected(address.error());
  return address->port();
}

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Result<void> RunningStore::start_tuplestore() {
  std::vector<std::string> arguments = {HOTLAP_BIN_DIR "/hotlap-tuplestore", "--port",
                                        std::to_string(options_.address.port())};
  arguments.insert(arguments.end(), arguments_.begin(), arguments_.end());
  auto process = Process::start({.arguments = std::move(arguments)});
  if (!process) return std::unexpected(process.error());
  process_ = std::move(*process);
  const auto line = process_->read_line(kStartLimit).value_or("nothing");
  constexpr std::string_view kReady = "hotlap-tuplestore ready port=";
  std::uint16_t port = 0;
  if (line.starts_with(kReady)) std::from_chars(line.data() + kReady.size(), line.data() + line.size(), port);
  if (line != fmt::format("{}{} pid={}", kReady, port, process_->pid()))
    return fail(fmt::format("hotlap-tuplestore said '{}'", line));
  options_.address = resolve("127.0.0.1", port).value();
  return {};
}

Result<std::unique_ptr<RunningStore>> RunningStore::tuplestore(const std::vector<std::string>& arguments) {
  std::unique_ptr<RunningStore> store(new RunningStore);
  store->arguments_ = arguments;
  store->options_.address = resolve("127.0.0.1", 0).value();
  if (auto started = store->start_tuplestore(); !started) return std::unexpected(started.error());
  return store;
}

Result<void> RunningStore::start_tarantool() {
  auto pattern = (std::filesystem::temp_directory_path() / "hotlap-tarantool-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) return fail_errno("create a folder");
  folder_ = pattern;
  // Its log goes to a file: it reports every upsert it passes over, and would wait for a pipe that nobody empties.
  auto process = Process::start(
      {.arguments = {"tarantool", script_},
       .environment = {{"HOTLAP_PORT", std::to_string(options_.address.port())}, {"HOTLAP_WORK_DIR", pattern}},
       .working_directory = pattern,
       .log_path = pattern + "/log"});
  if (!process) return std::unexpected(process.error());
  process_ = std::move(*process);
  const Instant deadline = monotonic_now() + kStartLimit;
  while (true) {
    const auto ready = ping_tuple_store(options_, kStartLimit);
    if (ready) return {};
    if (process_->wait(std::chrono::milliseconds(10)) || monotonic_now() >= deadline)
      return fail(fmt::format("{}; tarantool said: {}", ready.error().message, content(pattern + "/log")));
  }
}

Result<std::unique_ptr<RunningStore>> RunningStore::tarantool(const std::string& script) {
  std::unique_ptr<RunningStore> store(new RunningStore);
  store->real_ = true;
  store->script_ = script.empty() ? HOTLAP_SOURCE_DIR "/scenarios/services/tarantool/init.lua" : script;
  const auto port = free_port();
  if (!port) return std::unexpected(port.error());
  store->options_.address = resolve("127.0.0.1", *port).value();
  if (auto started = store->start_tarantool(); !started) return std::unexpected(started.error());
  return store;
}

Result<void> RunningStore::restart() {
  signal(SIGKILL);
  (void)stop();
  return real_ ? start_tarantool() : start_tuplestore();
}

RunningStore::~RunningStore() {
  (void)stop();
}

TupleStoreOptions RunningStore::options(std::string_view connections) const {
  auto chosen = options_;
  chosen.connections = parse_store_connections(connections).value();
  return chosen;
}

std::string RunningStore::stop() {
  if (!process_) return {};
  process_->signal_group(SIGTERM);
  (void)process_->wait(kStopLimit);
  auto said = process_->output_tail();
  process_.reset();
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  return said;
}

bool same_rows(const Rows& a, const Rows& b, bool in_any_order) {
  if (!in_any_order) return a == b;
  const auto sorted = [](const Rows& rows) {
    std::vector<Tuple> tuples;
    for (const auto row : rows) tuples.push_back(owned(row));
    std::ranges::sort(tuples);
    return tuples;
  };
  return sorted(a) == sorted(b);
}

Outcome execute(Store& store, const Operation& operation) {
  Outcome answered;
  store.lease([&](std::expected<LinkLease, StoreError> lease) {
    (*lease)->submit(operation, [&](Outcome outcome) { answered = std::move(outcome); });
  });
  return answered;
}

bool run_until(EventLoop& loop, const std::function<bool()>& done) {
  const Instant deadline = monotonic_now() + std::chrono::seconds(10);
  loop.run([&] { return done() || monotonic_now() >= deadline; });
  return done();
}

Outcome execute(EventLoop& loop, Store& store, const Operation& operation) {
  std::optional<Outcome> answered;
  LinkLease held;
  store.lease([&](std::expected<LinkLease, StoreError> lease) {
    held = std::move(*lease);
    held->submit(operation, [&](Outcome outcome) { answered = std::move(outcome); });
  });
  if (!run_until(loop, [&] { return answered.has_value(); }))
    return std::unexpected(StoreError{-1, "no answer within ten seconds"});
  return std::move(*answered);
}

}  // namespace hotlap::targets
