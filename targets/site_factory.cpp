#include "targets/site_factory.h"

#include <unistd.h>

#include <random>
#include <utility>

#include "base/descriptor_table.h"
#include "targets/pages/site.h"
#include "targets/pages/templates.h"
#include "targets/sleepers.h"

namespace hotlap::targets {
namespace {

constexpr Nanos kStatisticsPeriod = std::chrono::seconds(5);  // the article's

// A site and what belongs to its worker alone.
class WorkerSite final : public Handler {
 public:
  WorkerSite(std::unique_ptr<Store> store, std::unique_ptr<Store> blocking_store, std::unique_ptr<Sleeper> sleeper,
             SiteServices services)
      : store_(std::move(store)),
        blocking_store_(std::move(blocking_store)),
        sleeper_(std::move(sleeper)),
        site_(completed(services)) {}

  bool handle(const Request& request, std::string& out, Deferral& deferral) override {
    return site_.handle(request, out, deferral);
  }

 private:
  SiteServices completed(SiteServices services) const {
    if (store_) services.store = store_.get();
    services.blocking_store = blocking_store_.get();
    services.sleeper = sleeper_.get();
    return services;
  }

  std::unique_ptr<Store> store_;
  std::unique_ptr<Store> blocking_store_;
  std::unique_ptr<Sleeper> sleeper_;
  Site site_;
};

}  // namespace

SiteFactory::SiteFactory(const StoreChoice& choice, OperationCount operations, bool loops)
    : choice_(choice), operations_(operations), seed_(std::random_device{}()) {
  load_templates();
  if (!choice_.exists()) return;
  auto first = choice_.make_blocking();
  if (auto worlds = read_worlds(*first)) worlds_ = std::move(*worlds);
  if (const auto statistics = read_statistics(*first)) statistics_.write(*statistics);
  if (!choice_.per_loop())
    shared_store_ = std::move(first);
  else if (!loops)
    shared_store_ = choice_.make_blocking();
}

// Unless it asks through the links of all, the refresher needs no descriptors but its own: then those of the worker
// whose thread it comes from stay that worker's alone.
std::shared_ptr<Store> SiteFactory::open_for_refresher() const {
  const bool asks_through_links_of_all = shared_store_ && choice_.per_loop();
  if (!asks_through_links_of_all) own_descriptor_table();
  return shared_store_ ? shared_store_ : choice_.make_blocking();
}

std::unique_ptr<Handler> SiteFactory::make(EventLoop* loop) {
  if (choice_.exists())
    std::call_once(refresher_started_, [&] {
      refresher_.emplace([this] { return open_for_refresher(); }, statistics_, kStatisticsPeriod);
    });
  const bool own_store = loop && choice_.per_loop();
  // Forked workers count from the same number.
  const auto worker = (static_cast<std::uint64_t>(::getpid()) << 32) + made_++;
  return std::make_unique<WorkerSite>(own_store ? choice_.make_async(*loop) : nullptr,
                                      own_store ? choice_.make_blocking() : nullptr,
                                      loop ? make_loop_sleeper(*loop) : make_blocking_sleeper(),
                                      SiteServices{.store = shared_store_.get(),
                                                   .statistics = &statistics_,
                                                   .worlds = &worlds_,
                                                   .operations = operations_,
                                                   .seed = seed_ ^ worker});
}

}  // namespace hotlap::targets
