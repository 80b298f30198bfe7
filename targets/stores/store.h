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
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/counter.h"
#include "targets/stores/rows.h"

namespace hotlap::targets {

struct StoreError {
  int code = 0;  // the database's own (Tarantool: 3 duplicate key …); 0: the link failed
  std::string message;
};
using Outcome = std::expected<Rows, StoreError>;
using Completion = std::move_only_function<void(Outcome)>;

enum class OperationKind : std::uint8_t { ping, select, insert, replace, update, upsert, erase, call, eval };
enum class Iterator : std::uint8_t { eq = 0, req = 1, all = 2, lt = 3, le = 4, ge = 5, gt = 6 };

// Spaces, their ids fixed by the provisioning (so that no name has to be looked up). Fields from 0; index 0 is unique.
enum class Space : std::uint32_t {
  // The sticker site.
  stickers = 512,  // {id text, rating, url, pack_url, votes_up, votes_down}; 0 id, 1 rating, 2 pack_url
  packs = 513,     // {name text, rating, url}; 0 name (HASH), 1 rating
  secret = 514,    // {token text, time, sticker_id text, url}; 0 token (HASH), 1 time
  sessions = 515,  // {uuid text, time, visits, remote_addr, user_agent}; 0 uuid (HASH), 1 time
  server = 516,    // {id, users, clicks, votes}, one row of id 1
  // TechEmpower's tests.
  world = 517,     // {id, random_number}, ids and numbers 1 to 10,000
  fortunes = 518,  // {id, message}, 12 rows
  // The agents of the API-Hour rounds.
  agents = 519,        // {id, numgroup, firstname, lastname, number text, passwd, context, language, autologoff, group,
                       // description, preprocess_subroutine}, 50 rows of numbers "300" to "349"
  agent_logins = 520,  // {agent_id, agent_number text, extension text, context text, interface text,
                       // state_interface text, login_at}, empty
  // The event bus.
  events = 521,  // {channel text, seq, body text}; 0 (channel, seq). Channels "small" (1 KB) and "large" (64 KB)
};

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
  Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  virtual ~Link() = default;
  void submit(const Operation& operation, Completion done) {
    if (calls_) calls_->add_from_any_thread(1);
    carry_out(operation, std::move(done));
  }
  // Null: nobody counts. The counter outlives the link.
  void count_in(Counter* calls) noexcept { calls_ = calls; }

 private:
  virtual void carry_out(const Operation& operation, Completion done) = 0;
  Counter* calls_ = nullptr;
};

struct LinkDeleter {  // gives the link back (pool), closes it (per request) or does nothing (shared)
  std::move_only_function<void(Link*)> release;
  void operator()(Link* link) {
    if (link && release) release(link);
  }
};
using LinkLease = std::unique_ptr<Link, LinkDeleter>;
using LeaseCompletion = std::move_only_function<void(std::expected<LinkLease, StoreError>)>;

// Procedures that pages call and expressions that they evaluate: a database without Lua answers these and no others.
//   call  hotlap_ready {} → true
//         hotlap_statistics {} → {name, number} for each kind of operation, as the database itself has counted them,
//         and
//           SENT, the operations that clients have sent, this question not among them (tuple stores; no page calls it,
//           and PostgreSQL keeps statistics of its own)
//         box.space.stickers:count {}, box.space.packs:count {} → the number of rows
//         box.space.stickers.index.p_name:random {number} → one sticker, chosen by the number
//         hotlap_good, hotlap_bad {session, now, user_agent, count_user} → {session}, then nine stickers
//         hotlap_index {session, now, user_agent, count_user, number, number, plus, minus}
//           → {session}, {token, url}, {token, url}
//         Each of the last three does all that the page's operations do (targets/pages/sticker_site.h): an empty
//         session is a new visitor's, count_user adds him to the server's users; plus and minus are the vote's tokens,
//         or empty.
//   eval  return require('uuid').str()
//         return require('digest').md5_hex(require('digest').urandom(32))
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

// Several operations at once: all are submitted before the first answer is awaited, so that they share a round trip on
// a link that pipelines. Each stays an operation of its own.
// co_await all_on(*link, operations) → an Outcome for each, in their order.
class OperationsAwaiter {
 public:
  OperationsAwaiter(Link& link, std::span<const Operation> operations)
      : link_(link), operations_(operations), results_(operations.size()) {}
  [[nodiscard]] bool await_ready() const noexcept { return operations_.empty(); }
  bool await_suspend(std::coroutine_handle<> waiting);
  std::vector<Outcome> await_resume() { return std::move(results_); }

 private:
  Link& link_;
  std::span<const Operation> operations_;
  std::vector<Outcome> results_;
  std::size_t answered_ = 0;
  std::coroutine_handle<> waiting_;
};
[[nodiscard]] inline OperationsAwaiter all_on(Link& link, std::span<const Operation> operations) {
  return {link, operations};
}

}  // namespace hotlap::targets
