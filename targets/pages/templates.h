// The site's HTML, rendered by ctemplate, which escapes every value. Thread-safe after load_templates().
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hotlap::targets {

// What the About page tells, read from the store when the target starts.
struct Statistics {
  std::int64_t stickers = 0;
  std::int64_t packs = 0;
  std::int64_t users = 0;
  std::int64_t clicks = 0;
  std::int64_t votes = 0;
};

struct Sticker {
  std::int64_t rating = 0;
  std::string url;
  std::string pack_url;
};

void load_templates();  // before the first page; further calls do nothing
// 2,867 bytes whatever the statistics (up to twelve digits each): the size of the article's page.
[[nodiscard]] std::string render_about(const Statistics& statistics);
[[nodiscard]] std::string render_ranking(std::string_view heading, const std::vector<Sticker>& stickers);

}  // namespace hotlap::targets
