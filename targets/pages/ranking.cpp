#include "targets/pages/rows.h"
#include "targets/pages/sticker_site.h"
#include "targets/pages/templates.h"

namespace hotlap::targets {
namespace {

constexpr std::uint32_t kRatingIndex = 1;
constexpr std::uint32_t kNine = 9;

}  // namespace

std::string ranking_html(Ranking ranking, const Rows& rows, std::size_t first) {
  std::vector<RankedSticker> stickers;
  for (std::size_t row = first; row < rows.size(); ++row)
    stickers.push_back({number_at(rows[row], 1), text_at(rows[row], 2), text_at(rows[row], 3)});
  return render_ranking(ranking == Ranking::best ? "The nine best" : "The nine worst", stickers);
}

Page ranking_page(Store& store, OperationCount count, Ranking ranking, Visitor visitor) {
  auto link = co_await store_lease(store);
  if (!link) co_return store_failure(link.error());
  auto session = co_await open_session(**link, visitor, count);
  if (!session) co_return store_failure(session.error());

  const Operation nine{.kind = OperationKind::select,
                       .space = id_of(Space::stickers),
                       .index = kRatingIndex,
                       .iterator = ranking == Ranking::best ? Iterator::le : Iterator::ge,
                       .limit = kNine};
  const auto rows = co_await on(**link, nine);
  if (!rows) co_return store_failure(rows.error());
  co_return Reply{.body = ranking_html(ranking, *rows, 0), .fields = std::move(session->set_cookie)};
}

Page one_call_ranking_page(Store& store, OperationCount count, Ranking ranking, Visitor visitor) {
  auto link = co_await store_lease(store);
  if (!link) co_return store_failure(link.error());
  const Operation whole_page{
      .kind = OperationKind::call,
      .tuple = {visitor.session, seconds_now(), visitor.user_agent, count == OperationCount::code},
      .text = ranking == Ranking::best ? "hotlap_good" : "hotlap_bad"};
  const auto rows = co_await on(**link, whole_page);
  if (!rows) co_return store_failure(rows.error());
  if (rows->empty()) co_return store_failure({0, "the procedure answered nothing"});
  co_return Reply{.body = ranking_html(ranking, *rows, 1),
                  .fields = visitor.session.empty() ? session_cookie(text_at(rows->front(), 0)) : std::string()};
}

}  // namespace hotlap::targets
