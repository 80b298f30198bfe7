#include "harness/scenario_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "harness/scenario_keys.h"

namespace hotlap::harness {
namespace {

using Json = nlohmann::json;

const Json& at(const Json& schema, const std::string& section) {
  return section.empty() ? schema.at("properties") : schema.at("$defs").at(section).at("properties");
}

TEST(ScenarioSchema, HasEveryKeyOfTheTablesWithItsMeaningAndNoOther) {
  const auto schema = Json::parse(scenario_schema());
  EXPECT_EQ(schema.at("$schema"), "https://json-schema.org/draft/2020-12/schema");
  for (const auto& [section, keys] : {std::pair<std::string, const std::vector<Key>&>{"", scenario_keys()},
                                      {"target", target_keys()},
                                      {"load", load_keys()}}) {
    const auto& properties = at(schema, section);
    EXPECT_EQ(properties.size(), keys.size());
    for (const auto& key : keys) {
      ASSERT_TRUE(properties.contains(key.name)) << key.name;
      const auto& property = properties.at(key.name);
      EXPECT_TRUE(property.contains("description") || property.contains("$ref")) << key.name;
    }
  }
  EXPECT_EQ(schema.at("additionalProperties"), false);
  EXPECT_EQ(schema.at("$defs").at("target").at("additionalProperties"), false);
  EXPECT_EQ(schema.at("required"), Json::parse(R"(["name"])"));
}

TEST(ScenarioSchema, ProfilesHaveTheKeysThatProfilesMayChange) {
  const auto schema = Json::parse(scenario_schema());
  const auto& profile = schema.at("properties").at("profiles").at("additionalProperties").at("properties");
  for (const char* key : {"extends", "trials", "duration", "target", "load", "matrix", "vars"})
    EXPECT_TRUE(profile.contains(key)) << key;
  for (const char* key : {"name", "profiles", "published", "claims"}) EXPECT_FALSE(profile.contains(key)) << key;
}

}  // namespace
}  // namespace hotlap::harness
