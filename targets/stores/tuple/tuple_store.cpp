#include "targets/stores/tuple/tuple_store.h"

#include <fmt/core.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "targets/stores/tuple/link.h"

namespace hotlap::targets {
namespace {

class AsyncTupleStore final : public Store {
 public:
  AsyncTupleStore(EventLoop& loop, TupleStoreOptions options) : loop_(loop), options_(std::move(options)) {
    const int links = options_.connections.kind == Kind::per_request ? 0
                      : options_.connections.kind == Kind::one       ? 1
                                                                     : options_.connections.size;
    for (int link = 0; link < links; ++link) idle_.push_back(make_link());
  }

  void lease(LeaseCompletion done) override {
    switch (options_.connections.kind) {
      case Kind::one:
        return done(LinkLease(idle_.front()));
      case Kind::per_request: {
        if (idle_.empty()) idle_.push_back(make_link());
        auto* link = take_idle();
        link->connect();
        return done(lend(link));
      }
      case Kind::pool:
        if (idle_.empty() || !waiting_.empty()) return waiting_.push_back(std::move(done));
        return done(lend(take_idle()));
    }
  }

 private:
  using Kind = StoreConnections::Kind;

  AsyncLink* make_link() { return links_.emplace_back(std::make_unique<AsyncLink>(loop_, options_)).get(); }
  AsyncLink* take_idle() {
    auto* link = idle_.front();
    idle_.pop_front();
    return link;
  }
  LinkLease lend(AsyncLink* link) {
    return LinkLease(link, LinkDeleter{[this](Link* ended) { give_back(static_cast<AsyncLink*>(ended)); }});
  }
  // A per-request link is closed here and its object kept for the next connection. A pool's link goes to whoever waits
  // longest; a page that ends within that call finds `handing_over_` set, so that the stack does not grow page by page.
  void give_back(AsyncLink* link) {
    if (options_.connections.kind == Kind::per_request || link->has_unanswered()) link->close();
    idle_.push_back(link);
    if (std::exchange(handing_over_, true)) return;
    while (!waiting_.empty() && !idle_.empty()) {
      auto next = std::move(waiting_.front());
      waiting_.pop_front();
      next(lend(take_idle()));
    }
    handing_over_ = false;
  }

  EventLoop& loop_;
  const TupleStoreOptions options_;
  std::vector<std::unique_ptr<AsyncLink>> links_;
  std::deque<AsyncLink*> idle_;
  std::deque<LeaseCompletion> waiting_;
  bool handing_over_ = false;
};

class BlockingLeaseLink final : public Link {
 public:
  explicit BlockingLeaseLink(const TupleStoreOptions& options) : link_(options) {}
  void submit(const Operation& operation, Completion done) override { done(link_.execute(operation)); }

 private:
  BlockingLink link_;
};

class SharedBlockingLink final : public Link {
 public:
  explicit SharedBlockingLink(const TupleStoreOptions& options) : link_(options) {}
  void submit(const Operation& operation, Completion done) override {
    std::unique_lock turn(mutex_);
    auto outcome = link_.execute(operation);
    turn.unlock();
    done(std::move(outcome));
  }

 private:
  std::mutex mutex_;
  BlockingLink link_;
};

class BlockingTupleStore final : public Store {
 public:
  explicit BlockingTupleStore(TupleStoreOptions options) : options_(std::move(options)), shared_(options_) {
    if (options_.connections.kind != Kind::pool) return;
    for (int link = 0; link < options_.connections.size; ++link)
      idle_.push_back(links_.emplace_back(std::make_unique<BlockingLeaseLink>(options_)).get());
  }

  void lease(LeaseCompletion done) override {
    switch (options_.connections.kind) {
      case Kind::one:
        return done(LinkLease(&shared_));
      case Kind::per_request:
        return done(LinkLease(new BlockingLeaseLink(options_), LinkDeleter{[](Link* link) { delete link; }}));
      case Kind::pool:
        return done(LinkLease(wait_for_link(), LinkDeleter{[this](Link* link) { give_back(link); }}));
    }
  }

 private:
  using Kind = StoreConnections::Kind;

  // Tickets make it first come first served, which a condition variable alone does not promise.
  Link* wait_for_link() {
    std::unique_lock lock(mutex_);
    const auto ticket = next_ticket_++;
    changed_.wait(lock, [&] { return ticket == serving_ && !idle_.empty(); });
    ++serving_;
    auto* link = idle_.front();
    idle_.pop_front();
    changed_.notify_all();
    return link;
  }
  void give_back(Link* link) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(link);
    changed_.notify_all();
  }

  const TupleStoreOptions options_;
  SharedBlockingLink shared_;
  std::vector<std::unique_ptr<Link>> links_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Link*> idle_;
  std::uint64_t next_ticket_ = 0;
  std::uint64_t serving_ = 0;
};

}  // namespace

std::unique_ptr<Store> make_async_tuple_store(EventLoop& loop, const TupleStoreOptions& options) {
  return std::make_unique<AsyncTupleStore>(loop, options);
}

std::unique_ptr<Store> make_blocking_tuple_store(const TupleStoreOptions& options) {
  return std::make_unique<BlockingTupleStore>(options);
}

Result<void> ping_tuple_store(const TupleStoreOptions& options, Nanos timeout) {
  auto hurried = options;
  hurried.timeout = timeout;
  BlockingLink link(hurried);
  const auto outcome = link.execute({.kind = OperationKind::call, .text = "hotlap_ready"});
  if (!outcome) {
    const auto& error = outcome.error();
    return fail(
        error.code == iproto::code::kLinkFailed
            ? error.message
            : fmt::format("tuple store {} answers error {}: {}", options.address.text(), error.code, error.message),
        ExitCode::target_not_ready);
  }
  if (*outcome != Rows{{true}})
    return fail(fmt::format("tuple store {} has not finished provisioning its data", options.address.text()),
                ExitCode::target_not_ready);
  return {};
}

}  // namespace hotlap::targets
