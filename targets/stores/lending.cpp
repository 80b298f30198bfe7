#include "targets/stores/lending.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace hotlap::targets {
namespace {

using Kind = StoreConnections::Kind;

class LoopStore final : public Store {
 public:
  LoopStore(const StoreConnections& connections, std::function<std::unique_ptr<LoopLink>()> make)
      : kind_(connections.kind), make_(std::move(make)) {
    const int links = kind_ == Kind::per_request ? 0 : kind_ == Kind::one ? 1 : connections.size;
    for (int link = 0; link < links; ++link) idle_.push_back(make_link());
  }

  void lease(LeaseCompletion done) override {
    switch (kind_) {
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
  LoopLink* make_link() { return links_.emplace_back(make_()).get(); }
  LoopLink* take_idle() {
    auto* link = idle_.front();
    idle_.pop_front();
    return link;
  }
  LinkLease lend(LoopLink* link) {
    return LinkLease(link, LinkDeleter{[this](Link* ended) { give_back(static_cast<LoopLink*>(ended)); }});
  }
  // A per-request link is closed here and its object kept for the next connection. A pool's link goes to whoever waits
  // longest; a page that ends within that call finds `handing_over_` set, so that the stack does not grow page by page.
  void give_back(LoopLink* link) {
    if (kind_ == Kind::per_request || link->has_unanswered()) link->close();
    idle_.push_back(link);
    if (std::exchange(handing_over_, true)) return;
    while (!waiting_.empty() && !idle_.empty()) {
      auto next = std::move(waiting_.front());
      waiting_.pop_front();
      next(lend(take_idle()));
    }
    handing_over_ = false;
  }

  const Kind kind_;
  const std::function<std::unique_ptr<LoopLink>()> make_;
  std::vector<std::unique_ptr<LoopLink>> links_;
  std::deque<LoopLink*> idle_;
  std::deque<LeaseCompletion> waiting_;
  bool handing_over_ = false;
};

class SharedLink final : public Link {
 public:
  explicit SharedLink(std::unique_ptr<Link> link) : link_(std::move(link)) {}
  void carry_out(const Operation& operation, Completion done) override {
    Outcome answer;
    {
      const std::lock_guard turn(mutex_);
      link_->submit(operation, [&](Outcome outcome) { answer = std::move(outcome); });
    }
    done(std::move(answer));
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<Link> link_;
};

class ThreadStore final : public Store {
 public:
  ThreadStore(const StoreConnections& connections, std::function<std::unique_ptr<Link>()> make)
      : kind_(connections.kind), make_(std::move(make)) {
    if (kind_ == Kind::one) links_.push_back(std::make_unique<SharedLink>(make_()));
    if (kind_ != Kind::pool) return;
    for (int link = 0; link < connections.size; ++link) idle_.push_back(links_.emplace_back(make_()).get());
  }

  void lease(LeaseCompletion done) override {
    switch (kind_) {
      case Kind::one:
        return done(LinkLease(links_.front().get()));
      case Kind::per_request:
        return done(LinkLease(make_().release(), LinkDeleter{[](Link* link) { delete link; }}));
      case Kind::pool:
        return done(LinkLease(wait_for_link(), LinkDeleter{[this](Link* link) { give_back(link); }}));
    }
  }

 private:
  // A link that comes back goes to whoever waits longest, and wakes nobody else: with hundreds of threads, waking all
  // of them for each link costs nearly all of their time.
  struct Waiter {
    Link* link = nullptr;
    std::condition_variable got_it;
  };

  Link* wait_for_link() {
    std::unique_lock lock(mutex_);
    if (!idle_.empty()) {
      auto* link = idle_.back();
      idle_.pop_back();
      return link;
    }
    Waiter waiter;
    waiting_.push_back(&waiter);
    waiter.got_it.wait(lock, [&] { return waiter.link != nullptr; });
    return waiter.link;
  }
  void give_back(Link* link) {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return idle_.push_back(link);
    auto& longest = *waiting_.front();
    waiting_.pop_front();
    longest.link = link;
    longest.got_it.notify_one();  // under the lock: once it is free, the waiter may be gone
  }

  const Kind kind_;
  const std::function<std::unique_ptr<Link>()> make_;
  std::vector<std::unique_ptr<Link>> links_;
  std::mutex mutex_;
  std::vector<Link*> idle_;  // of the pool; empty while anybody waits
  std::deque<Waiter*> waiting_;
};

}  // namespace

std::unique_ptr<Store> make_loop_store(const StoreConnections& connections,
                                       std::function<std::unique_ptr<LoopLink>()> make_link) {
  return std::make_unique<LoopStore>(connections, std::move(make_link));
}

std::unique_ptr<Store> make_thread_store(const StoreConnections& connections,
                                         std::function<std::unique_ptr<Link>()> make_link) {
  return std::make_unique<ThreadStore>(connections, std::move(make_link));
}

}  // namespace hotlap::targets
