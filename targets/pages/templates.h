// The site's HTML, rendered by ctemplate, which escapes every value for the place where it stands: text, attribute or
// URL. Thread-safe after load_templates().
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "targets/pages/statistics.h"

namespace hotlap::targets {

struct RankedSticker {
  std::int64_t rating = 0;
  std::string_view url;
  std::string_view pack_url;
};

struct Candidate {  // one of the two stickers of the index
  std::string token;
  std::string url;
};

struct Fortune {
  std::int64_t id = 0;
  std::string_view message;
};

void load_templates();  // before the first page; further calls do nothing
// 2,867 bytes whatever the statistics (up to twelve digits each): the size of the article's page.
[[nodiscard]] std::string render_about(const Statistics& statistics);
[[nodiscard]] std::string render_ranking(std::string_view heading, const std::vector<RankedSticker>& stickers);
// `action`: where the form sends the vote.
[[nodiscard]] std::string render_index(std::string_view action, const std::array<Candidate, 2>& candidates);
[[nodiscard]] std::string render_fortunes(const std::vector<Fortune>& fortunes);

}  // namespace hotlap::targets
