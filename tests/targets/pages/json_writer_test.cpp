#include "targets/pages/json_writer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace hotlap::targets {
namespace {

TEST(JsonWriter, SetsCommasWhereTheyBelong) {
  JsonWriter json;
  json.begin_array();
  json.begin_object().key("a").number(-1).key("b").text("x").key("c").null().end_object();
  json.begin_array().end_array().number(2).text("").begin_object().end_object().end_array();
  EXPECT_EQ(json.take(), R"([{"a":-1,"b":"x","c":null},[],2,"",{}])");
}

TEST(JsonWriter, EveryTextComesBackFromAReader) {
  std::string all;
  for (int code = 0; code < 128; ++code) all += static_cast<char>(code);
  for (const std::string& text : {all, std::string("フレームワーク \" \\ / </script>"), std::string("ends with {")}) {
    JsonWriter json;
    json.begin_object().key(text).text(text).key("next").number(1).end_object();
    const auto read = nlohmann::json::parse(json.take());
    EXPECT_EQ(read[text], text);
    EXPECT_EQ(read["next"], 1);
  }
}

}  // namespace
}  // namespace hotlap::targets
