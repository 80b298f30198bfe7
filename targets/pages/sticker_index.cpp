#include <array>

#include "targets/pages/form.h"
#include "targets/pages/rows.h"
#include "targets/pages/sticker_site.h"
#include "targets/pages/templates.h"

namespace hotlap::targets {
namespace {

constexpr std::int64_t kLargestDraw = 99'999;
constexpr std::uint32_t kVotesUp = 4;  // fields of a sticker
constexpr std::uint32_t kVotesDown = 5;

Operation update(Space space, Value key, char operation, std::uint32_t field) {
  return {.kind = OperationKind::update,
          .space = id_of(space),
          .key = {std::move(key)},
          .changes = {{operation, field, std::int64_t{1}}}};
}

// The sticker that a token stands for.
Task<std::expected<std::string, StoreError>> take_sticker(Link& link, OperationKind kind, const std::string& token) {
  const Operation operation{.kind = kind, .space = id_of(Space::secret), .limit = 1, .key = {token}};
  const auto rows = co_await on(link, operation);
  if (!rows) co_return std::unexpected(rows.error());
  co_return rows->empty() ? std::string() : std::string(text_at(rows->front(), 2));
}

// Whoever deletes a token has the vote: a second request with the same tokens finds nothing to delete.
Task<std::expected<void, StoreError>> count_vote(Link& link, const Vote& vote) {
  std::string better;
  std::string worse;
  for (const auto kind : {OperationKind::select, OperationKind::erase}) {
    auto plus = co_await take_sticker(link, kind, vote.plus);
    if (!plus) co_return std::unexpected(plus.error());
    auto minus = co_await take_sticker(link, kind, vote.minus);
    if (!minus) co_return std::unexpected(minus.error());
    if (plus->empty() || minus->empty()) co_return {};
    better = std::move(*plus);
    worse = std::move(*minus);
  }
  const std::array changes = {update(Space::stickers, better, '+', 1), update(Space::stickers, better, '+', kVotesUp),
                              update(Space::stickers, worse, '-', 1), update(Space::stickers, worse, '-', kVotesDown),
                              update(Space::server, std::int64_t{1}, '+', 3)};
  for (const auto& change : changes)
    if (const auto changed = co_await on(link, change); !changed) co_return std::unexpected(changed.error());
  co_return {};
}

// A random sticker and the token that a vote for it must show.
Task<std::expected<Candidate, StoreError>> draw_candidate(Link& link, Chance& chance) {
  const Operation random{.kind = OperationKind::call,
                         .tuple = {chance.between(0, kLargestDraw)},
                         .text = "box.space.stickers.index.p_name:random"};
  const auto sticker = co_await on(link, random);
  if (!sticker) co_return std::unexpected(sticker.error());
  if (sticker->empty()) co_return std::unexpected(StoreError{0, "there are no stickers"});
  const Operation make_token{.kind = OperationKind::eval,
                             .text = "return require('digest').md5_hex(require('digest').urandom(32))"};
  const auto made = co_await on(link, make_token);
  if (!made) co_return std::unexpected(made.error());
  Candidate candidate{.token = made->empty() ? std::string() : std::string(text_at(made->front(), 0)),
                      .url = std::string(text_at(sticker->front(), 2))};
  const Operation secret{
      .kind = OperationKind::insert,
      .space = id_of(Space::secret),
      .tuple = {candidate.token, seconds_now(), std::string(text_at(sticker->front(), 0)), candidate.url}};
  if (const auto inserted = co_await on(link, secret); !inserted) co_return std::unexpected(inserted.error());
  co_return candidate;
}

}  // namespace

std::optional<Vote> vote_in(std::string_view form) {
  auto plus = form_value(form, "vote_plus");
  auto minus = form_value(form, "vote_minus");
  if (!plus || !minus) return std::nullopt;
  return Vote{std::move(*plus), std::move(*minus)};
}

Page index_page(Store& store, Chance& chance, OperationCount count, Visitor visitor, std::optional<Vote> vote) {
  auto link = co_await store_lease(store);
  if (!link) co_return store_failure(link.error());
  if (vote) {
    const auto counted = co_await count_vote(**link, *vote);
    if (!counted) co_return store_failure(counted.error());
  }
  auto session = co_await open_session(**link, visitor, count);
  if (!session) co_return store_failure(session.error());
  std::array<Candidate, 2> candidates;
  for (auto& candidate : candidates) {
    auto drawn = co_await draw_candidate(**link, chance);
    if (!drawn) co_return store_failure(drawn.error());
    candidate = std::move(*drawn);
  }
  const auto one_more_click = update(Space::server, std::int64_t{1}, '+', 2);
  if (const auto clicked = co_await on(**link, one_more_click); !clicked) co_return store_failure(clicked.error());
  co_return Reply{.body = render_index("/index", candidates), .fields = std::move(session->set_cookie)};
}

Page one_call_index_page(Store& store, Chance& chance, OperationCount count, Visitor visitor,
                         std::optional<Vote> vote) {
  auto link = co_await store_lease(store);
  if (!link) co_return store_failure(link.error());
  const Operation whole_page{
      .kind = OperationKind::call,
      .tuple = {visitor.session, seconds_now(), visitor.user_agent, count == OperationCount::code,
                chance.between(0, kLargestDraw), chance.between(0, kLargestDraw), vote ? vote->plus : std::string(),
                vote ? vote->minus : std::string()},
      .text = "hotlap_index"};
  const auto rows = co_await on(**link, whole_page);
  if (!rows) co_return store_failure(rows.error());
  if (rows->size() != 3) co_return store_failure({0, "the procedure did not answer three rows"});
  std::array<Candidate, 2> candidates;
  for (std::size_t which = 0; which < 2; ++which)
    candidates[which] = {std::string(text_at((*rows)[which + 1], 0)), std::string(text_at((*rows)[which + 1], 1))};
  co_return Reply{.body = render_index("/index-one-call", candidates),
                  .fields = visitor.session.empty() ? session_cookie(text_at(rows->front(), 0)) : std::string()};
}

}  // namespace hotlap::targets
