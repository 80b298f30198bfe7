#include <fmt/core.h>

#include <ctime>

#include "targets/pages/site.h"

namespace hotlap::targets {
namespace {

constexpr std::uint32_t kRatingIndex = 1;
constexpr std::uint32_t kNine = 9;

std::uint32_t id(Space space) {
  return static_cast<std::uint32_t>(space);
}

std::string text_at(const Tuple& row, std::size_t field) {
  const auto* text = field < row.size() ? std::get_if<std::string>(&row[field]) : nullptr;
  return text ? *text : std::string();
}

std::int64_t number_at(const Tuple& row, std::size_t field) {
  const auto* number = field < row.size() ? std::get_if<std::int64_t>(&row[field]) : nullptr;
  return number ? *number : 0;
}

Reply store_failure(const StoreError& error) {
  return {.status = 503,
          .content_type = "text/plain; charset=utf-8",
          .body = fmt::format("The database did not answer: {} (code {})\n", error.message, error.code)};
}

}  // namespace

Page ranking_page(Store& store, Ranking ranking, std::string session, std::string user_agent) {
  auto link = co_await store_lease(store);
  if (!link) co_return store_failure(link.error());

  std::string set_cookie;
  if (session.empty()) {
    const Operation make_uuid{.kind = OperationKind::eval, .text = "return require('uuid').str()"};
    const auto uuid = co_await on(**link, make_uuid);
    if (!uuid) co_return store_failure(uuid.error());
    session = uuid->empty() ? std::string() : text_at(uuid->front(), 0);
    set_cookie = fmt::format("Set-Cookie: session={}; Path=/; HttpOnly\r\n", session);
    const Operation one_more_user{.kind = OperationKind::update,
                                  .space = id(Space::server),
                                  .key = {std::int64_t{1}},
                                  .changes = {{'+', 1, std::int64_t{1}}}};
    if (const auto counted = co_await on(**link, one_more_user); !counted) co_return store_failure(counted.error());
  }

  const std::int64_t now = std::time(nullptr);
  const Operation visit{.kind = OperationKind::upsert,
                        .space = id(Space::sessions),
                        .tuple = {session, now, std::int64_t{0}, std::string("127.0.0.1"), user_agent},
                        .changes = {{'=', 1, now}, {'+', 2, std::int64_t{1}}, {'=', 4, user_agent}}};
  if (const auto visited = co_await on(**link, visit); !visited) co_return store_failure(visited.error());

  const Operation nine{.kind = OperationKind::select,
                       .space = id(Space::stickers),
                       .index = kRatingIndex,
                       .iterator = ranking == Ranking::best ? Iterator::le : Iterator::ge,
                       .limit = kNine};
  const auto rows = co_await on(**link, nine);
  if (!rows) co_return store_failure(rows.error());
  std::vector<Sticker> stickers;
  for (const auto& row : *rows) stickers.push_back({number_at(row, 1), text_at(row, 2), text_at(row, 3)});
  co_return Reply{.body = render_ranking(ranking == Ranking::best ? "The nine best" : "The nine worst", stickers),
                  .fields = std::move(set_cookie)};
}

Statistics read_statistics(Store& blocking_store) {
  Statistics statistics;
  blocking_store.lease([&](std::expected<LinkLease, StoreError> link) {
    if (!link) return;
    const auto count = [&](const char* procedure) {
      std::int64_t number = 0;
      (*link)->submit({.kind = OperationKind::call, .text = procedure},
                      [&](Outcome rows) { number = rows && !rows->empty() ? number_at(rows->front(), 0) : 0; });
      return number;
    };
    statistics.stickers = count("box.space.stickers:count");
    statistics.packs = count("box.space.packs:count");
    (*link)->submit({.kind = OperationKind::select, .space = id(Space::server), .limit = 1, .key = {std::int64_t{1}}},
                    [&](Outcome rows) {
                      if (!rows || rows->empty()) return;
                      statistics.users = number_at(rows->front(), 1);
                      statistics.clicks = number_at(rows->front(), 2);
                      statistics.votes = number_at(rows->front(), 3);
                    });
  });
  return statistics;
}

}  // namespace hotlap::targets
