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

void provision_stickers(Database& database, Draw& draw) {
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
}

// The twelve messages of TechEmpower's fortunes test, which its verifier knows.
constexpr const char* kFortunes[] = {
    "fortune: No such file or directory",
    "A computer scientist is someone who fixes things that aren't broken.",
    "After enough decimal places, nobody gives a damn.",
    "A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, 1, 1, 1",
    "A computer program does what you tell it to do, not what you want it to do.",
    "Emacs is a nice operating system, but I prefer UNIX. — Tom Christaensen",
    "Any program that runs right is obsolete.",
    "A list is only as strong as its weakest link. — Donald Knuth",
    "Feature: A bug with seniority.",
    "Computers make very fast, very accurate mistakes.",
    "<script>alert(\"This should not be displayed in a browser alert box.\");</script>",
    "フレームワークのベンチマーク",
};

void provision_techempower(Database& database, Draw& draw) {
  for (std::int64_t id = 1; id <= kWorldRows; ++id) insert(database, Space::world, {id, draw.below(10'000) + 1});
  std::int64_t id = 0;
  for (const auto* message : kFortunes) insert(database, Space::fortunes, {++id, std::string(message)});
}

void provision_agents(Database& database) {
  const std::string nothing;
  for (std::int64_t id = 1; id <= kAgents; ++id)
    insert(database, Space::agents,
           {id, std::int64_t{1}, std::string("Agent"), std::to_string(id), std::to_string(299 + id), nothing,
            std::string("default"), std::string("en_GB"), std::int64_t{0}, nothing, nothing, nothing});
}

void provision_events(Database& database, Draw& draw) {
  const auto fill = [&](const std::string& channel, int events, std::size_t body_bytes) {
    for (std::int64_t seq = 1; seq <= events; ++seq) {
      auto body = draw.word(7);
      while (body.size() < body_bytes) body += ' ' + draw.word(7);
      body.resize(body_bytes);
      insert(database, Space::events, {channel, seq, body});
    }
  };
  fill("small", kSmallChannelEvents, 108);
  fill("large", kLargeChannelEvents, 106);
}

}  // namespace

void provision(Database& database) {
  Draw draw;
  provision_stickers(database, draw);
  provision_techempower(database, draw);
  provision_agents(database);
  provision_events(database, draw);
  database.set_provisioned();
}

}  // namespace hotlap::targets::tuplestore
