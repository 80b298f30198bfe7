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

TEST_F(Templates, ForeignTextIsEscapedWhereItStands) {
  const auto html = render_ranking("<Best>", {{.rating = -3, .url = "\"><script>", .pack_url = "/a?b=1&c='"}});
  EXPECT_EQ(html.find("<script>"), std::string::npos);
  EXPECT_NE(html.find("&lt;Best&gt;"), std::string::npos);
  EXPECT_NE(html.find("href=\"/a?b=1&amp;c=&#39;\""), std::string::npos);
  EXPECT_NE(html.find("<strong>-3</strong>"), std::string::npos);
}

TEST_F(Templates, AUrlThatWouldRunIsNone) {
  const auto html =
      render_ranking("Best", {{.rating = 1, .url = "javascript:alert(1)", .pack_url = "data:text/html,x"}});
  EXPECT_EQ(html.find("javascript:"), std::string::npos);
  EXPECT_EQ(html.find("data:"), std::string::npos);
  EXPECT_NE(html.find("href=\"#\""), std::string::npos);
  const auto plain = render_ranking("Best", {{.rating = 1, .url = "https://a/b.png", .pack_url = "https://a/b"}});
  EXPECT_NE(plain.find("src=\"https://a/b.png\""), std::string::npos);
}

TEST_F(Templates, TheIndexIsTwoFormsAndNoTokenLeavesItsAttribute) {
  const auto html = render_index("/index", {Candidate{.token = "a\" onclick=\"x", .url = "https://a/1.png"},
                                            Candidate{.token = "b", .url = "vbscript:x"}});
  EXPECT_EQ(html.find("\" onclick"), std::string::npos);
  EXPECT_NE(html.find("value=\"a&quot; onclick=&quot;x\""), std::string::npos);
  EXPECT_EQ(html.find("vbscript"), std::string::npos);
  EXPECT_NE(html.find("action=\"/index\""), std::string::npos);
  const auto usual = render_index("/index", {Candidate{.token = std::string(32, 'a'), .url = std::string(44, 'u')},
                                             Candidate{.token = std::string(32, 'b'), .url = std::string(44, 'u')}});
  EXPECT_NEAR(static_cast<double>(usual.size()), 3600, 200) << "the article's template has 3.6 KB";
}

}  // namespace
}  // namespace hotlap::targets
