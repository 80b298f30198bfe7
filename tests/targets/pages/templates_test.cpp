#include "targets/pages/templates.h"

#include <gtest/gtest.h>

namespace hotlap::targets {
namespace {

class Templates : public testing::Test {
 protected:
  static void SetUpTestSuite() { load_templates(); }
};

TEST_F(Templates, AboutHasTheArticlesSizeWhateverTheFigures) {
  EXPECT_EQ(render_about({}).size(), 2867U);
  const Statistics statistics{.stickers = 16200, .packs = 600, .users = 123456789012, .clicks = 1, .votes = 42};
  const auto html = render_about(statistics);
  EXPECT_EQ(html.size(), 2867U);
  EXPECT_NE(html.find("123456789012"), std::string::npos);
  EXPECT_NE(html.find("16200"), std::string::npos);
}

TEST_F(Templates, ForeignTextIsEscaped) {
  const auto html = render_ranking("<Best>", {{.rating = -3, .url = "\"><script>", .pack_url = "a&b"}});
  EXPECT_EQ(html.find("<script>"), std::string::npos);
  EXPECT_NE(html.find("&lt;Best&gt;"), std::string::npos);
  EXPECT_NE(html.find("a&amp;b"), std::string::npos);
  EXPECT_NE(html.find("<strong>-3</strong>"), std::string::npos);
}

}  // namespace
}  // namespace hotlap::targets
