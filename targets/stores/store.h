// The one interface that pages see: named operations on spaces of tuples. A page knows no database; a database knows no
// page. Completion comes either before submit() returns (blocking stores) or later on the same thread's event loop.
// One Store per worker, unless blocking; a blocking Store may be used by many threads at once.
#pragma once

#include <coroutine>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace hotlap::targets {

using Value = std::variant<std::monostate, bool, std::int64_t, std::string>;  // nil, bool, integer, text
using Tuple = std::vector<Value>;
using Rows = std::vector<Tuple>;

struct StoreError {
  int code = 0;  // the database's own (Tarantool: 3 duplicate key …); 0: the link failed
  std::string message;
};
using Outcome = std::expected<Rows, StoreError>;
using Completion = std::move_only_function<void(Outcome)>;

enum class OperationKind : std::uint8_t { ping, select, insert, replace, update, upsert, erase, call, eval };
enum class Iterator : std::uint8_t { eq = 0, req = 1, all = 2, lt = 3, le = 4, ge = 5, gt = 6 };

// Spaces of the sticker site, ids fixed by the provisioning (so that no name has to be looked up). Fields from 0.
enum class Space : std::uint32_t { stickers = 512, packs = 513, secret = 514, sessions = 515, server = 516 };

struct Change {  // of update and upsert: '+' add, '-' subtract, '=' set; field counted from 0
  char operation;
  std::uint32_t field;
  Value value;
};

struct Operation {
  OperationKind kind = OperationKind::ping;
  std::uint32_t space = 0;
  std::uint32_t index = 0;  // 0: primary
  Iterator iterator = Iterator::eq;
  std::uint32_t limit = 0xffffffff;
  std::uint32_t offset = 0;
  Tuple key;    // select, update, delete
  Tuple tuple;  // insert, replace, upsert; arguments of call and eval
  // Of update and upsert. A call that has some passes two arguments, {tuple, changes}, as box.space.X:upsert takes
  // them; the fields are then written in Lua's counting, from 1.
  std::vector<Change> changes;
  std::string text;  // procedure of call, expression of eval
};

// A way to the database for the length of one page: a link of its own, one of a pool, or the shared one.
class Link {
 public:
  virtual ~Link() = default;
  virtual void submit(const Operation& operation, Completion done) = 0;
};

struct LinkDeleter {  // gives the link back (pool), closes it (per request) or does nothing (shared)
  std::move_only_function<void(Link*)> release;
  void operator()(Link* link) {
    if (link && release) release(link);
  }
};
using LinkLease = std::unique_ptr<Link, LinkDeleter>;
using LeaseCompletion = std::move_only_function<void(std::expected<LinkLease, StoreError>)>;

class Store {
 public:
  virtual ~Store() = default;
  virtual void lease(LeaseCompletion done) = 0;
};

// A page that waits must not be destroyed: an engine lets it end first. Leases end before their store does.
// co_await store_lease(store) → std::expected<LinkLease, StoreError>;  co_await on(*link, operation) → Outcome.
class LeaseAwaiter {
 public:
  explicit LeaseAwaiter(Store& store) : store_(store) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> waiting);
  std::expected<LinkLease, StoreError> await_resume() { return std::move(*result_); }

 private:
  Store& store_;
  std::optional<std::expected<LinkLease, StoreError>> result_;
  std::coroutine_handle<> waiting_;
};
[[nodiscard]] inline LeaseAwaiter store_lease(Store& store) {
  return LeaseAwaiter(store);
}

class OperationAwaiter {
 public:
  OperationAwaiter(Link& link, const Operation& operation) : link_(link), operation_(operation) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> waiting);
  Outcome await_resume() { return std::move(*result_); }

 private:
  Link& link_;
  const Operation& operation_;
  std::optional<Outcome> result_;
  std::coroutine_handle<> waiting_;
};
[[nodiscard]] inline OperationAwaiter on(Link& link, const Operation& operation) {
  return {link, operation};
}

}  // namespace hotlap::targets
