#include "targets/tuplestore/provision.h"

#include <fmt/core.h>

#include <string>

#include "base/error.h"

namespace hotlap::targets::tuplestore {
namespace {

// Lehmer's generator: every product stays below 2^53, so that Lua's doubles compute the same.
class Draw {
 public:
  std::int64_t below(std::int64_t bound) noexcept {
    state_ = state_ * 48271 % 2147483647;
    return state_ % bound;
  }
  std::string word(int length) {
    std::string text;
    for (int letter = 0; letter < length; ++letter) text += static_cast<char>('a' + below(26));
    return text;
  }

 private:
  std::int64_t state_ = 20170504;
};

void insert(Database& database, Space space, const Tuple& tuple) {
  check(database.space(static_cast<std::uint32_t>(space))->insert(tuple).has_value(),
        "provisioned rows fit an empty database");
}

}  // namespace

void provision(Database& database) {
  Draw draw;
  for (int pack = 0; pack < kPacks; ++pack) {
    const auto name = fmt::format("{}{}", draw.word(5), pack);
    const auto pack_url = "https://tlgrm.eu/stickers/" + name;
    insert(database, Space::packs, {name, draw.below(401) - 100, pack_url});
    const auto folder = draw.word(3);
    for (int sticker = 1; sticker <= kStickersPerPack; ++sticker) {
      const auto number = 20000 + (pack * kStickersPerPack + sticker - 1) * 3 + draw.below(3);
      const auto rating = draw.below(1201) - 200;
      const auto url = fmt::format("https://tlgrm.eu/_/stickers/{}/{}.png", folder, sticker);
      insert(database, Space::stickers,
             {std::to_string(number), rating, url, pack_url, std::int64_t{0}, std::int64_t{0}});
    }
  }
  insert(database, Space::server, {std::int64_t{1}, std::int64_t{0}, std::int64_t{0}, std::int64_t{0}});
  database.set_provisioned();
}

}  // namespace hotlap::targets::tuplestore
