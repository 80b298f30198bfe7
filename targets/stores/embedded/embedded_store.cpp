#include "targets/stores/embedded/embedded_store.h"

#include <mutex>
#include <utility>

#include "targets/tuplestore/database.h"
#include "targets/tuplestore/provision.h"

namespace hotlap::targets {
namespace {

class EmbeddedStore final : public Store, private Link {
 public:
  explicit EmbeddedStore(Counter* calls) {
    tuplestore::provision(database_);
    count_in(calls);
  }
  void lease(LeaseCompletion done) override { done(LinkLease(this)); }

 private:
  void carry_out(const Operation& operation, Completion done) override {
    std::unique_lock lock(mutex_);
    database_.execute(operation, answer_);
    auto outcome = tuplestore::to_outcome(answer_);
    lock.unlock();
    done(std::move(outcome));
  }

  std::mutex mutex_;
  tuplestore::Database database_;
  tuplestore::Answer answer_;
};

}  // namespace

std::unique_ptr<Store> make_embedded_store(Counter* calls) {
  return std::make_unique<EmbeddedStore>(calls);
}

}  // namespace hotlap::targets
