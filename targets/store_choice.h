// Which database stands behind the pages: the --store flags, and the stores that come of them. The only part of
// hotlap-target that knows databases by name.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "targets/loop/event_loop.h"
#include "targets/stores/store.h"

namespace CLI {
class App;
}

namespace hotlap::targets {

struct StoreFlags {
  std::string store = "none";
  std::string address;  // empty: the database's usual port on 127.0.0.1
  std::string connections = "one";
  std::string user = "tesla";
  std::string password = "secret";
  std::string database = "hotlap";
  std::string postgres_schema = "relational";
  std::string postgres_rating_index = "on";
};
// `flags` is where parsing writes to.
void add_store_flags(CLI::App& app, StoreFlags& flags);

class StoreChoice {
 public:
  // Asks the database whether it is there and provisioned. Error: usage, or target_not_ready with the remedy.
  // `calls` counts what pages ask of it, and outlives the stores.
  [[nodiscard]] static Result<StoreChoice> make(const StoreFlags& flags, Counter* calls = nullptr);

  StoreChoice(StoreChoice&&) noexcept;
  StoreChoice& operator=(StoreChoice&&) noexcept;
  ~StoreChoice();

  [[nodiscard]] bool exists() const noexcept;  // false: --store none
  // Whether each event loop gets a store of its own; else all workers share a blocking one (or there is none).
  [[nodiscard]] bool per_loop() const noexcept;
  [[nodiscard]] std::unique_ptr<Store> make_async(EventLoop& loop) const;  // when per_loop()
  // Answers before submit() returns, to any thread; when exists(). An embedded one holds data of its own.
  [[nodiscard]] std::unique_ptr<Store> make_blocking() const;

 private:
  class Database;
  explicit StoreChoice(std::unique_ptr<Database> database) noexcept;
  std::unique_ptr<Database> database_;  // null: --store none
};

}  // namespace hotlap::targets
