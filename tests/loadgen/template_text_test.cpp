#include "loadgen/contract/template_text.h"

#include <gtest/gtest.h>

namespace hotlap::load {
namespace {

// "literal", "<name>": what a template is cut into.
std::string cut(std::string_view text) {
  const auto pieces = cut_template(text);
  if (!pieces) return "refused: " + pieces.error().message;
  std::string all;
  for (const auto& piece : *pieces) {
    all += piece.placeholder ? "<" : "";
    all += piece.text;
    all += piece.placeholder ? ">" : "";
  }
  return all;
}

TEST(Template, IsCutAtItsPlaceholders) {
  EXPECT_EQ(cut(""), "");
  EXPECT_EQ(cut("/plain"), "/plain");
  EXPECT_EQ(cut("/users/{{id}}?q={{ a-b_2 }}&x"), "/users/<id>?q=<a-b_2>&x");
  EXPECT_EQ(cut("{{a}}{{b}}"), "<a><b>");
}

TEST(Template, BracesOfJsonAreLeftAlone) {
  EXPECT_EQ(cut(R"({"a":{"id":{{id}}}})"), R"({"a":{"id":<id>}})");
  EXPECT_EQ(cut("{{{id}}}"), "{<id>}");
  EXPECT_EQ(cut("{ } }} {"), "{ } }} {");
}

TEST(Template, FourBracesAreTwoThatAreMeant) {
  EXPECT_EQ(cut("a{{{{b}}c"), "a{{b}}c");
  for (const char* text : {"{{", "{{{", "{{{{", "{{{{{", "a{{b}}c", "{{id}}{{", "x"})
    EXPECT_EQ(cut(literal_template(text)), text);
}

TEST(Template, WhatIsNoPlaceholderIsRefusedWithTheRemedy) {
  for (const char* bad : {"{{", "{{}}", "{{id", "{{id}", "{{two words}}", "{{a.b}}"}) {
    EXPECT_TRUE(cut(bad).starts_with("refused")) << bad;
    EXPECT_NE(cut(bad).find("write {{{{ for two braces"), std::string::npos) << cut(bad);
  }
}

}  // namespace
}  // namespace hotlap::load
