#include "targets/pages/form.h"

#include <gtest/gtest.h>

namespace hotlap::targets {
namespace {

TEST(Form, ValuesAreDecodedAndFoundByTheirWholeName) {
  EXPECT_EQ(form_value("a=1&b=2", "b"), "2");
  EXPECT_EQ(form_value("a=1&a=2", "a"), "1");
  EXPECT_EQ(form_value("ab=1", "a"), std::nullopt);
  EXPECT_EQ(form_value("a", "a"), "");
  EXPECT_EQ(form_value("a=b=c", "a"), "b=c");
  EXPECT_EQ(form_value("x=%41+%2B%c3%A9", "x"), "A +\xc3\xa9");
  EXPECT_EQ(form_value("%61=1", "a"), "1");
  EXPECT_EQ(form_value("", "a"), std::nullopt);
  EXPECT_EQ(form_value("&&a=1", "a"), "1");
}

TEST(Form, APercentWithoutTwoHexDigitsStandsForItself) {
  EXPECT_EQ(form_value("x=%", "x"), "%");
  EXPECT_EQ(form_value("x=%4", "x"), "%4");
  EXPECT_EQ(form_value("x=%zz%41", "x"), "%zzA");
}

TEST(Form, NumbersAreWholeAndNothingElse) {
  EXPECT_EQ(form_number("n=12", "n"), 12);
  EXPECT_EQ(form_number("n=-3", "n"), -3);
  for (const char* query : {"n=", "n=foo", "n=1.5", "n=1x", "n=+1", "n=99999999999999999999", "m=1"})
    EXPECT_EQ(form_number(query, "n"), std::nullopt) << query;
}

}  // namespace
}  // namespace hotlap::targets
