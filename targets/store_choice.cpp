#include "targets/store_choice.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <utility>

#include "base/socket.h"
#include "targets/stores/embedded/embedded_store.h"
#include "targets/stores/postgres/postgres_store.h"
#include "targets/stores/postgres/provision_sql.h"
#include "targets/stores/store_connections.h"
#include "targets/stores/tuple/tuple_store.h"

namespace hotlap::targets {
namespace {

constexpr Nanos kReadyTimeout = std::chrono::seconds(2);

std::string address_of(const StoreFlags& flags) {
  if (!flags.address.empty()) return flags.address;
  return flags.store == "postgres" ? "127.0.0.1:5432" : "127.0.0.1:3311";
}

postgres::Schema schema_of(const StoreFlags& flags) {
  if (flags.postgres_schema == "relational") return postgres::Schema::relational;
  return flags.postgres_rating_index == "off" ? postgres::Schema::jsonb_unindexed : postgres::Schema::jsonb;
}

}  // namespace

class StoreChoice::Database {
 public:
  virtual ~Database() = default;
  [[nodiscard]] virtual Result<void> ready() const = 0;
  [[nodiscard]] virtual std::unique_ptr<Store> make_async(EventLoop& loop) const = 0;  // null: shared by all workers
  [[nodiscard]] virtual std::unique_ptr<Store> make_blocking() const = 0;
  [[nodiscard]] virtual bool per_loop() const noexcept { return true; }

  [[nodiscard]] static Result<std::unique_ptr<Database>> named(const StoreFlags& flags, Counter* calls);

 private:
  class Embedded;
  class Tuple;
  class Postgres;
};

class StoreChoice::Database::Embedded final : public Database {
 public:
  explicit Embedded(Counter* calls) : calls_(calls) {}
  Result<void> ready() const override { return {}; }
  std::unique_ptr<Store> make_async(EventLoop&) const override { return nullptr; }
  std::unique_ptr<Store> make_blocking() const override { return make_embedded_store(calls_); }
  bool per_loop() const noexcept override { return false; }

 private:
  Counter* calls_;
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

class StoreChoice::Database::Postgres final : public Database {
 public:
  explicit Postgres(PostgresStoreOptions options) : options_(std::move(options)) {}
  Result<void> ready() const override { return ping_postgres_store(options_, kReadyTimeout); }
  std::unique_ptr<Store> make_async(EventLoop& loop) const override {
    return make_async_postgres_store(loop, options_);
  }
  std::unique_ptr<Store> make_blocking() const override { return make_blocking_postgres_store(options_); }

 private:
  PostgresStoreOptions options_;
};

Result<std::unique_ptr<StoreChoice::Database>> StoreChoice::Database::named(const StoreFlags& flags, Counter* calls) {
  if (flags.postgres_rating_index == "off" && (flags.store != "postgres" || flags.postgres_schema != "jsonb"))
    return fail(
        "--postgres-rating-index off needs --store postgres and --postgres-schema jsonb: only there is such a "
        "variant",
        ExitCode::usage);
  if (flags.store == "none") return nullptr;
  if (flags.store == "embedded") return std::make_unique<Embedded>(calls);
  const auto address = resolve(address_of(flags));
  if (!address) return std::unexpected(address.error());
  const auto connections = parse_store_connections(flags.connections);
  if (!connections) return fail("--store-connections: " + connections.error().message, ExitCode::usage);
  if (flags.store == "postgres")
    return std::make_unique<Postgres>(PostgresStoreOptions{.address = *address,
                                                           .user = flags.user,
                                                           .password = flags.password,
                                                           .database = flags.database,
                                                           .schema = schema_of(flags),
                                                           .connections = *connections,
                                                           .calls = calls});
  return std::make_unique<Tuple>(TupleStoreOptions{.address = *address,
                                                   .user = flags.user,
                                                   .password = flags.password,
                                                   .connections = *connections,
                                                   .calls = calls});
}

void add_store_flags(CLI::App& app, StoreFlags& flags) {
  app.add_option("--store", flags.store, "none, embedded (in process), tuplestore, tarantool or postgres")
      ->capture_default_str()
      ->check(CLI::IsMember({"none", "embedded", "tuplestore", "tarantool", "postgres"}))
      ->type_name("NAME")
      ->group("Database");
  app.add_option("--store-address", flags.address,
                 "Where the database listens (default 127.0.0.1:3311, of postgres 127.0.0.1:5432)")
      ->type_name("HOST:PORT")
      ->group("Database");
  app.add_option("--store-connections", flags.connections, "per-request, one (per worker) or pool:N (per worker)")
      ->capture_default_str()
      ->type_name("HOW")
      ->group("Database");
  app.add_option("--store-user", flags.user, "Database user")
      ->capture_default_str()
      ->type_name("NAME")
      ->group("Database");
  app.add_option("--store-password", flags.password, "Database password")
      ->capture_default_str()
      ->type_name("WORD")
      ->group("Database");
  app.add_option("--store-database", flags.database, "postgres: the database's name")
      ->capture_default_str()
      ->type_name("NAME")
      ->group("Database");
  app.add_option("--postgres-schema", flags.postgres_schema,
                 "postgres: relational (typed columns) or jsonb (a tuple is a JSON array)")
      ->capture_default_str()
      ->check(CLI::IsMember({"relational", "jsonb"}))
      ->type_name("NAME")
      ->group("Database");
  app.add_option("--postgres-rating-index", flags.postgres_rating_index,
                 "postgres with jsonb: off takes the tables that lack the index on the rating")
      ->capture_default_str()
      ->check(CLI::IsMember({"on", "off"}))
      ->type_name("on|off")
      ->group("Database");
  app.add_flag_callback(
         "--print-postgres-sql",
         [] {
           std::fputs(postgres_provision_sql().c_str(), stdout);
           throw CLI::Success();
         },
         "Prints the script for psql that makes and fills the tables in an empty database, and ends")
      ->group("Database");
}

Result<StoreChoice> StoreChoice::make(const StoreFlags& flags, Counter* calls) {
  auto database = Database::named(flags, calls);
  if (!database) return std::unexpected(database.error());
  if (*database)
    if (auto ready = (*database)->ready(); !ready)
      return fail(fmt::format("store at {}: {}; start it first or set --store-address", address_of(flags),
                              ready.error().message),
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
