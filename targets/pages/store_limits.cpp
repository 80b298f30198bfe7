#include "targets/pages/store_limits.h"

#include <fmt/core.h>

#include "targets/pages/rows.h"
#include "targets/pages/session.h"

namespace hotlap::targets {
namespace {

constexpr std::int64_t kReplacedSecrets = 1000;
constexpr const char* kAgent = "Not detected";

Operation select(Iterator iterator, std::uint32_t limit) {
  return {
      .kind = OperationKind::select, .space = id_of(Space::stickers), .index = 1, .iterator = iterator, .limit = limit};
}

Operation secret(OperationKind kind, std::string token) {
  return {.kind = kind,
          .space = id_of(Space::secret),
          .tuple = {std::move(token), seconds_now(), std::string("20000"), std::string("https://tlgrm.eu/")}};
}

// `session` is what the database made where it was asked first.
Operation operation_of(StoreLimit limit, Chance& chance, const std::string& session) {
  switch (limit) {
    case StoreLimit::select:
      return select(Iterator::le, 10);
    case StoreLimit::select_lite:
      return select(Iterator::eq, 9);
    case StoreLimit::eval_upsert:
      return visit(session, kAgent);
    case StoreLimit::upsert:
      return visit(chance.uuid(), kAgent);
    case StoreLimit::insert:
      return secret(OperationKind::insert, chance.token());
    case StoreLimit::replace:
      break;
  }
  return secret(OperationKind::replace, fmt::format("replaced-{:04}", chance.between(0, kReplacedSecrets - 1)));
}

}  // namespace

Page store_limit_page(Store& store, Chance& chance, StoreLimit limit) {
  auto link = co_await store_lease(store);
  if (!link) co_return store_failure(link.error());
  std::string session;
  if (limit == StoreLimit::eval_upsert) {
    const auto ask_uuid = make_uuid();
    const auto uuid = co_await on(**link, ask_uuid);
    if (!uuid) co_return store_failure(uuid.error());
    if (!uuid->empty()) session = text_at(uuid->front(), 0);
  }
  const auto operation = operation_of(limit, chance, session);
  const auto outcome = co_await on(**link, operation);
  if (!outcome) co_return store_failure(outcome.error());
  co_return Reply{.content_type = kPlainText, .body = "Hello world!\n"};
}

}  // namespace hotlap::targets
