#include "targets/pages/routes.h"

#include <algorithm>
#include <array>

namespace hotlap::targets {
namespace {

// Few enough that comparing lengths one by one beats a hash. "/" is the hello page of the published runs, so the
// sticker site's index stands at "/index".
constexpr std::array kRoutes = {
    Route{"/", PageName::hello, false},
    Route{"/ugly", PageName::ugly, false},
    Route{"/plaintext", PageName::plaintext, false, false, true},
    Route{"/json", PageName::json, false, false, true},
    Route{"/db", PageName::db, true, false, true},
    Route{"/queries", PageName::queries, true, false, true},
    Route{"/updates", PageName::updates, true, false, true},
    Route{"/cached-worlds", PageName::cached_worlds, true, false, true},
    Route{"/fortunes", PageName::fortunes, true, false, true},
    Route{"/about", PageName::about, false},
    Route{"/index", PageName::index, true, true},
    Route{"/good", PageName::good},
    Route{"/bad", PageName::bad},
    Route{"/index-one-call", PageName::index_one_call, true, true},
    Route{"/good-one-call", PageName::good_one_call},
    Route{"/bad-one-call", PageName::bad_one_call},
    Route{"/stickers", PageName::packs},
    Route{"/agents/hello", PageName::agents_hello, false},
    Route{"/agents", PageName::agents},
    Route{"/events", PageName::events},
    Route{"/sleep", PageName::sleep, false},
    Route{"/select-sync", PageName::select_sync},
    Route{"/select-async", PageName::select_async},
    Route{"/select-lite", PageName::select_lite},
    Route{"/eval-upsert", PageName::eval_upsert},
    Route{"/upsert", PageName::upsert},
    Route{"/insert", PageName::insert},
    Route{"/replace", PageName::replace},
};
constexpr Route kStickers{"/stickers/", PageName::pack_or_sticker};

}  // namespace

const Route* find_route(std::string_view path) noexcept {
  const auto* const found = std::ranges::find(kRoutes, path, &Route::path);
  if (found != kRoutes.end()) return found;
  return path.starts_with(kStickers.path) && path.size() > kStickers.path.size() ? &kStickers : nullptr;
}

}  // namespace hotlap::targets
