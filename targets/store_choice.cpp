#include "targets/store_choice.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <utility>

#include "base/socket.h"
#include "targets/stores/embedded/embedded_store.h"
#include "targets/stores/store_connections.h"
#include "targets/stores/tuple/tuple_store.h"

namespace hotlap::targets {
namespace {

constexpr Nanos kReadyTimeout = std::chrono::seconds(2);

}  // namespace

class StoreChoice::Database {
 public:
  virtual ~Database() = default;
  [[nodiscard]] virtual Result<void> ready() const = 0;
  [[nodiscard]] virtual std::unique_ptr<Store> make_async(EventLoop& loop) const = 0;  // null: shared by all workers
  [[nodiscard]] virtual std::unique_ptr<Store> make_blocking() const = 0;
  [[nodiscard]] virtual bool per_loop() const noexcept { return true; }

  [[nodiscard]] static Result<std::unique_ptr<Database>> named(const StoreFlags& flags);

 private:
  class Embedded;
  class Tuple;
};

class StoreChoice::Database::Embedded final : public Database {
 public:
  Result<void> ready() const override { return {}; }
  std::unique_ptr<Store> make_async(EventLoop&) const override { return nullptr; }
  std::unique_ptr<Store> make_blocking() const override { return make_embedded_store(); }
  bool per_loop() const noexcept override { return false; }
};

class StoreChoice::Database::Tuple final : public Database {
 public:
  explicit Tuple(TupleStoreOptions options) : options_(std::move(options)) {}
  Result<void> ready() const override { return ping_tuple_store(options_, kReadyTimeout); }
  std::unique_ptr<Store> make_async(EventLoop& loop) const override { return make_async_tuple_store(loop, options_); }
  std::unique_ptr<Store> make_blocking() const override { return make_blocking_tuple_store(options_); }

 private:
  TupleStoreOptions options_;
};

Result<std::unique_ptr<StoreChoice::Database>> StoreChoice::Database::named(const StoreFlags& flags) {
  if (flags.store == "none") return nullptr;
  if (flags.store == "embedded") return std::make_unique<Embedded>();
  const auto address = resolve(flags.address);
  if (!address) return std::unexpected(address.error());
  const auto connections = parse_store_connections(flags.connections);
  if (!connections) return fail("--store-connections: " + connections.error().message, ExitCode::usage);
  return std::make_unique<Tuple>(TupleStoreOptions{
      .address = *address, .user = flags.user, .password = flags.password, .connections = *connections});
}

void add_store_flags(CLI::App& app, StoreFlags& flags) {
  app.add_option("--store", flags.store, "Database: none, embedded (in process), tuplestore or tarantool")
      ->capture_default_str()
      ->check(CLI::IsMember({"none", "embedded", "tuplestore", "tarantool"}));
  app.add_option("--store-address", flags.address, "Where tuplestore or tarantool listens")->capture_default_str();
  app.add_option("--store-connections", flags.connections, "per-request, one (per worker) or pool:N (per worker)")
      ->capture_default_str();
  app.add_option("--store-user", flags.user, "Database user")->capture_default_str();
  app.add_option("--store-password", flags.password, "Database password")->capture_default_str();
}

Result<StoreChoice> StoreChoice::make(const StoreFlags& flags) {
  auto database = Database::named(flags);
  if (!database) return std::unexpected(database.error());
  if (*database)
    if (auto ready = (*database)->ready(); !ready)
      return fail(
          fmt::format("store at {}: {}; start it first or set --store-address", flags.address, ready.error().message),
          ExitCode::target_not_ready);
  return StoreChoice(std::move(*database));
}

StoreChoice::StoreChoice(std::unique_ptr<Database> database) noexcept : database_(std::move(database)) {}
StoreChoice::StoreChoice(StoreChoice&&) noexcept = default;
StoreChoice& StoreChoice::operator=(StoreChoice&&) noexcept = default;
StoreChoice::~StoreChoice() = default;

bool StoreChoice::exists() const noexcept {
  return database_ != nullptr;
}
bool StoreChoice::per_loop() const noexcept {
  return database_ && database_->per_loop();
}
std::unique_ptr<Store> StoreChoice::make_async(EventLoop& loop) const {
  return database_->make_async(loop);
}
std::unique_ptr<Store> StoreChoice::make_blocking() const {
  return database_->make_blocking();
}

}  // namespace hotlap::targets
