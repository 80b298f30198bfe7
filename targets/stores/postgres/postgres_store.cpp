#include "targets/stores/postgres/postgres_store.h"

#include <fmt/core.h>

#include <utility>

#include "targets/stores/lending.h"
#include "targets/stores/postgres/link.h"
#include "targets/stores/tuple/iproto.h"

namespace hotlap::targets {
namespace {

using postgres::AsyncLink;
using postgres::BlockingLink;

// Links refer to the options, so they stand together.
class PostgresStore final : public Store {
 public:
  PostgresStore(EventLoop* loop, PostgresStoreOptions options)
      : options_(std::move(options)),
        links_(loop ? make_loop_store(options_.connections,
                                      [this, loop] { return counted(std::make_unique<AsyncLink>(*loop, options_)); })
                    : make_thread_store(options_.connections,
                                        [this] { return counted(std::make_unique<BlockingLink>(options_)); })) {}
  void lease(LeaseCompletion done) override { links_->lease(std::move(done)); }

 private:
  template <class Made>
  std::unique_ptr<Made> counted(std::unique_ptr<Made> link) const {
    link->count_in(options_.calls);
    return link;
  }

  const PostgresStoreOptions options_;
  const std::unique_ptr<Store> links_;
};

}  // namespace

std::unique_ptr<Store> make_async_postgres_store(EventLoop& loop, const PostgresStoreOptions& options) {
  return std::make_unique<PostgresStore>(&loop, options);
}

std::unique_ptr<Store> make_blocking_postgres_store(const PostgresStoreOptions& options) {
  return std::make_unique<PostgresStore>(nullptr, options);
}

Result<void> ping_postgres_store(const PostgresStoreOptions& options, Nanos timeout) {
  auto hurried = options;
  hurried.timeout = timeout;
  BlockingLink link(hurried);
  Outcome outcome;
  link.submit({.kind = OperationKind::call, .text = "hotlap_ready"},
              [&](Outcome answer) { outcome = std::move(answer); });
  if (outcome == Rows{{true}}) return {};
  if (!outcome && outcome.error().code != iproto::code::kNoSuchSpace)
    return fail(outcome.error().message, ExitCode::target_not_ready);
  return fail(fmt::format("PostgreSQL {} has not finished provisioning its data", options.address.text()),
              ExitCode::target_not_ready);
}

}  // namespace hotlap::targets
