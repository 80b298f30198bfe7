#include "harness/yaml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotlap::harness {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string refusal(std::string_view bytes) {
  const auto read = read_yaml(bytes, "f.yaml");
  if (read) return "accepted";
  EXPECT_EQ(read.error().code, ExitCode::bad_config);
  return read.error().message;
}

TEST(YamlReader, KeepsOrderTextAndPlaces) {
  const auto root = read_yaml("b: 1\na:\n  - x\n  - {k: \"two words\"}\nempty:\n", "f.yaml");
  ASSERT_TRUE(root) << root.error().message;
  ASSERT_EQ(root->entries.size(), 3U);
  EXPECT_EQ(root->entries[0].key, "b");
  EXPECT_EQ(root->entries[0].value.text, "1");
  EXPECT_EQ(root->entries[0].value.place, (Place{1, 4}));
  EXPECT_EQ(root->entries[1].place, (Place{2, 1}));
  const auto& list = root->entries[1].value;
  ASSERT_EQ(list.items.size(), 2U);
  EXPECT_EQ(list.items[0].place, (Place{3, 5}));
  EXPECT_EQ(list.items[1].find("k")->value.text, "two words");
  EXPECT_EQ(root->find("empty")->value.kind, YamlNode::Kind::nothing);
  EXPECT_EQ(root->find("none"), nullptr);
}

TEST(YamlReader, RefusesADuplicateKeyAndNamesBothLines) {
  EXPECT_EQ(refusal("a: 1\nb: 2\na: 3\n"), "f.yaml:3:1: key 'a' stands twice; the first is in line 1");
}

TEST(YamlReader, RefusesAnchorsAndAliases) {
  EXPECT_THAT(refusal("a: &x 1\n"), HasSubstr("anchors (&x) are not allowed"));
  EXPECT_THAT(refusal("&x\n- *x\n"), HasSubstr("not allowed"));
  EXPECT_THAT(refusal("a: *x\n"), StartsWith("f.yaml:1:"));
}

TEST(YamlReader, RefusesTagsComplexKeysAndSecondDocuments) {
  EXPECT_THAT(refusal("a: !!int 3\n"), HasSubstr("tag "));
  EXPECT_THAT(refusal("? [a, b]\n: c\n"), HasSubstr("a key must be text"));
  EXPECT_THAT(refusal("a: 1\n---\nb: 2\n"), HasSubstr("second document"));
}

TEST(YamlReader, RefusesWhatIsNotYaml) {
  EXPECT_THAT(refusal("a: [1, 2\nb: 3\n"), HasSubstr("this is not YAML: "));
  EXPECT_THAT(refusal(""), HasSubstr("the file is empty"));
  EXPECT_THAT(refusal("# only a comment\n"), HasSubstr("the file is empty"));
  EXPECT_EQ(refusal(std::string_view("a: 1\nb: \0\n", 10)),
            "f.yaml:2:4: byte 0x00 is not allowed in a scenario; is this a YAML text file in UTF-8?");
}

TEST(YamlReader, RefusesMoreThanAMebibyte) {
  EXPECT_THAT(refusal(std::string(kMostYamlBytes + 1, 'a')),
              HasSubstr("f.yaml:1:1: the file has more than 1048576 bytes"));
}

TEST(YamlReader, SurvivesDeepNesting) {
  EXPECT_THAT(refusal(std::string(100'000, '[')), StartsWith("f.yaml:"));
}

TEST(RequireKeys, PointsAtTheUnknownKey) {
  const auto root = read_yaml("name: x\nenigne: y\n", "f.yaml");
  EXPECT_EQ(require_keys(*root, "f.yaml", "target", {"name", "engine"}).error().message,
            "f.yaml:2:1: key 'enigne' is unknown in target; did you mean 'engine'?");
}

TEST(RequireText, ExplainsAnUnquotedPlaceholder) {
  const auto root = read_yaml("pipeline: {depth}\n", "f.yaml");
  EXPECT_EQ(require_text(root->entries[0].value, "f.yaml", "load.pipeline").error().message,
            "f.yaml:1:11: load.pipeline is a mapping, but a single value is expected; to insert an axis, quote it: "
            "\"{depth}\"");
}

}  // namespace
}  // namespace hotlap::harness
