#include "loadgen/csv_column.h"

#include <gtest/gtest.h>

namespace hotlap::loadgen {
namespace {

using Values = std::vector<std::string>;

TEST(CsvColumn, IsFoundByItsName) {
  const std::string text = "id,name\n1,Ann\n2,Bob\n";
  EXPECT_EQ(csv_column(text, "id").value(), (Values{"1", "2"}));
  EXPECT_EQ(csv_column(text, "name").value(), (Values{"Ann", "Bob"}));
}

TEST(CsvColumn, QuotesLineEndsAndMarksAreThoseOfTheFormat) {
  EXPECT_EQ(csv_column("\xef\xbb\xbfid,name\r\n1,\"a \"\"b\"\", c\r\nd\"\r\n2,\r\n3,x", "name").value(),
            (Values{"a \"b\", c\r\nd", "", "x"}));
  EXPECT_EQ(csv_column("id\n", "id").value(), Values{});
  EXPECT_EQ(csv_column("\nid\n1\n\r\n\n2\n\n", "id").value(), (Values{"1", "2"})) << "blank lines say nothing";
}

TEST(CsvColumn, ComplaintsNameTheLine) {
  const auto why = [](std::string_view text, std::string_view column) {
    const auto values = csv_column(text, column);
    return values ? "none" : values.error().message;
  };
  EXPECT_NE(why("", "id").find("empty"), std::string::npos);
  EXPECT_NE(why("id,name\n1,2\n", "nmae").find("did you mean 'name'?"), std::string::npos);
  EXPECT_NE(why("a,b\n\"1\n\n\",2\n3\n", "a").find("line 5 has 1 fields, but the first has 2"), std::string::npos);
  EXPECT_NE(why("a\n1\n\"2\n", "a").find("line 3: a quote is never closed"), std::string::npos);
  EXPECT_NE(why("a\n\"1\"2\n", "a").find("line 2: something follows a closed quote"), std::string::npos);
}

}  // namespace
}  // namespace hotlap::loadgen
