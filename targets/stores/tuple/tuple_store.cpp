#include "targets/stores/tuple/tuple_store.h"

#include <fmt/core.h>

#include <utility>

#include "targets/stores/lending.h"
#include "targets/stores/tuple/link.h"

namespace hotlap::targets {
namespace {

class BlockingLeaseLink final : public Link {
 public:
  explicit BlockingLeaseLink(const TupleStoreOptions& options) : link_(options) {}
  void carry_out(const Operation& operation, Completion done) override { done(link_.execute(operation)); }

 private:
  BlockingLink link_;
};

Error error_of(const TupleStoreOptions& options, const StoreError& error) {
  if (error.code == iproto::code::kLinkFailed) return {error.message, ExitCode::target_not_ready};
  return {fmt::format("tuple store {} answers error {}: {}", options.address.text(), error.code, error.message),
          ExitCode::target_not_ready};
}

// Links refer to the options, so they stand together.
class TupleStore final : public Store {
 public:
  TupleStore(EventLoop* loop, TupleStoreOptions options)
      : options_(std::move(options)),
        links_(loop ? make_loop_store(options_.connections,
                                      [this, loop] { return counted(std::make_unique<AsyncLink>(*loop, options_)); })
                    : make_thread_store(options_.connections,
                                        [this] { return counted(std::make_unique<BlockingLeaseLink>(options_)); })) {}
  void lease(LeaseCompletion done) override { links_->lease(std::move(done)); }

 private:
  template <class Made>
  std::unique_ptr<Made> counted(std::unique_ptr<Made> link) const {
    link->count_in(options_.calls);
    return link;
  }

  const TupleStoreOptions options_;
  const std::unique_ptr<Store> links_;
};

}  // namespace

std::unique_ptr<Store> make_async_tuple_store(EventLoop& loop, const TupleStoreOptions& options) {
  return std::make_unique<TupleStore>(&loop, options);
}

std::unique_ptr<Store> make_blocking_tuple_store(const TupleStoreOptions& options) {
  return std::make_unique<TupleStore>(nullptr, options);
}

Result<void> ping_tuple_store(const TupleStoreOptions& options, Nanos timeout) {
  auto hurried = options;
  hurried.timeout = timeout;
  BlockingLink link(hurried);
  const auto outcome = link.execute({.kind = OperationKind::call, .text = "hotlap_ready"});
  if (!outcome) return std::unexpected(error_of(options, outcome.error()));
  if (*outcome != Rows{{true}})
    return fail(fmt::format("tuple store {} has not finished provisioning its data", options.address.text()),
                ExitCode::target_not_ready);
  return {};
}

Result<std::uint64_t> ask_operations_sent(const TupleStoreOptions& options, Nanos timeout) {
  auto hurried = options;
  hurried.timeout = timeout;
  BlockingLink link(hurried);
  const auto outcome = link.execute({.kind = OperationKind::call, .text = "hotlap_statistics"});
  if (!outcome) return std::unexpected(error_of(options, outcome.error()));
  for (const auto row : *outcome) {
    if (row.size() != 2) continue;
    const auto* name = std::get_if<std::string_view>(&row[0]);
    const auto* number = std::get_if<std::int64_t>(&row[1]);
    if (name && number && *name == "SENT" && *number >= 0) return static_cast<std::uint64_t>(*number);
  }
  return fail(
      fmt::format("tuple store {} does not count what clients send; its procedure hotlap_statistics has no row "
                  "SENT, as that of scenarios/services/tarantool/init.lua has",
                  options.address.text()));
}

}  // namespace hotlap::targets
