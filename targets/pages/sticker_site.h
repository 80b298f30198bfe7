// The sticker site's pages that read and write: two random stickers to choose from, the nine best, the nine worst, and
// the JSON API. Their operations come one after the other, as the article's handlers do them (docs/method.md,
// "The pages"). Whatever a page is given by reference outlives it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "targets/pages/chance.h"
#include "targets/pages/page.h"
#include "targets/pages/session.h"
#include "targets/stores/store.h"

namespace hotlap::targets {

// What the index's form sends: the token of the sticker that was liked better, and that of the other one.
struct Vote {
  std::string plus;
  std::string minus;
};
[[nodiscard]] std::optional<Vote> vote_in(std::string_view form);

// GET: a session; twice a random sticker, a token from the database and its insert; one more click: 9, 10 or 8
// operations. With a vote, before that: both tokens are read and deleted, each sticker's rating and counter changed,
// one more vote: 9 operations more. A token that is gone (a double click) makes the vote void.
[[nodiscard]] Page index_page(Store& store, Chance& chance, OperationCount count, Visitor visitor,
                              std::optional<Vote> vote);

// A session, then nine rows of the rating index.
enum class Ranking { best, worst };
[[nodiscard]] Page ranking_page(Store& store, OperationCount count, Ranking ranking, Visitor visitor);

// The same pages with one call each: what the operations cost when they do not travel one by one.
[[nodiscard]] Page one_call_index_page(Store& store, Chance& chance, OperationCount count, Visitor visitor,
                                       std::optional<Vote> vote);
[[nodiscard]] Page one_call_ranking_page(Store& store, OperationCount count, Ranking ranking, Visitor visitor);

// The JSON API: the best packs; a pack's stickers; one sticker of a pack.
[[nodiscard]] Page packs_page(Store& store, std::int64_t limit);
[[nodiscard]] Page pack_page(Store& store, std::string pack);
[[nodiscard]] Page sticker_page(Store& store, std::string pack, std::string id);

}  // namespace hotlap::targets
