#include "loadgen/requests_json.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>

namespace hotlap::loadgen {
namespace {

using Law = load::ValueSource::Law;

// A folder of its own for each test, with the files that its document mentions.
class RequestsDocument : public testing::Test {
 protected:
  RequestsDocument()
      : folder_(std::filesystem::path(testing::TempDir()) /
                ("requests-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()))) {
    std::filesystem::create_directories(folder_);
  }
  ~RequestsDocument() override { std::filesystem::remove_all(folder_); }

  void put(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  [[nodiscard]] Result<load::LoadSpec> read(const std::string& json) const {
    load::LoadSpec spec{.url = load::Url::parse("http://a/").value()};
    if (auto taken = read_requests(json, (folder_ / "doc.json").string(), spec); !taken)
      return std::unexpected(taken.error());
    return spec;
  }
  [[nodiscard]] std::string why(const std::string& json) const {
    const auto spec = read(json);
    if (spec) return "accepted";
    EXPECT_EQ(spec.error().code, ExitCode::bad_config);
    EXPECT_NE(spec.error().message.find("doc.json: "), std::string::npos) << "every complaint names the document";
    return spec.error().message;
  }

 private:
  std::filesystem::path folder_;
};

TEST_F(RequestsDocument, SaysEverythingThatALoadSpecHolds) {
  put("users.csv", "id,name\n7,Ann\n9,Bob\n");
  put("order.json", R"({"user": {{user}}})");
  put("picture", "{{no placeholder}}");
  put("page.html", "<p>");
  const auto spec = read(R"({
    "order": "sequence",
    "cookies": true,
    "values": {
      "n": {"sequence": {}},
      "u": {"uniform": {"from": -5, "to": 5}},
      "z": {"zipf": {"to": 100, "exponent": 0.99}},
      "l": {"list": ["a", 2]},
      "user": {"csv": "users.csv", "column": "id"},
      "id": {"uuid": {}}
    },
    "requests": [
      {"path": "/"},
      {"name": "buy", "method": "POST", "path": "/buy/{{n}}", "weight": 2.5, "body_file": "order.json",
       "headers": {"X-Id": "{{id}}", "Accept": ["a/b", "c/d"]},
       "expect": {"status": "200-204", "length": 3, "body_file": "page.html", "contains": "p", "every": 10,
                  "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                  "headers": {"Content-Type": "text/html", "ETag": ""}}},
      {"name": "upload", "method": "PUT", "path": "/u", "raw_body_file": "picture", "expect": {"status": 201, "body": "ok"}}
    ]})");
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->order, load::RequestOrder::sequence);
  EXPECT_TRUE(spec->keep_cookies);
  ASSERT_EQ(spec->values.size(), 6U);
  EXPECT_EQ(spec->values[0], (load::ValueSource{.name = "n", .high = std::numeric_limits<std::int64_t>::max()}));
  EXPECT_EQ(spec->values[1], (load::ValueSource{.name = "u", .law = Law::uniform, .low = -5, .high = 5}));
  EXPECT_EQ(spec->values[2], (load::ValueSource{.name = "z", .law = Law::zipf, .high = 100, .exponent = 0.99}));
  EXPECT_EQ(spec->values[3], (load::ValueSource{.name = "l", .law = Law::list, .items = {"a", "2"}}));
  EXPECT_EQ(spec->values[4], (load::ValueSource{.name = "user", .law = Law::list, .items = {"7", "9"}}));
  EXPECT_EQ(spec->values[5], (load::ValueSource{.name = "id", .law = Law::uuid}));
  ASSERT_EQ(spec->requests.size(), 3U);
  EXPECT_EQ(spec->requests[0], (load::RequestTemplate{.name = "GET /"}));
  const load::RequestTemplate buy{
      .name = "buy",
      .method = "POST",
      .target = "/buy/{{n}}",
      .headers = {{"X-Id", "{{id}}"}, {"Accept", "a/b"}, {"Accept", "c/d"}},
      .body = R"({"user": {{user}}})",
      .weight = 2.5,
      .expect = {.status_low = 200,
                 .status_high = 204,
                 .body_length = 3,
                 .body = "<p>",
                 .contains = "p",
                 .sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                 .with_fields = {{"Content-Type", "text/html"}, {"ETag", ""}},
                 .every = 10}};
  EXPECT_EQ(spec->requests[1], buy);
  EXPECT_EQ(spec->requests[2].body, "{{{{no placeholder}}") << "raw bytes are not a template";
  EXPECT_EQ(spec->requests[2].expect.status_low, 201);
  EXPECT_EQ(spec->requests[2].expect.status_high, 201);
}

TEST_F(RequestsDocument, UnknownAndDuplicateKeysAreRefusedWithTheirPath) {
  EXPECT_NE(why(R"({"request": []})").find("request: this key is unknown; did you mean 'requests'?"),
            std::string::npos);
  EXPECT_NE(why(R"({"requests": [{"path": "/"}, {"path": "/", "expect": {"staus": 200}}]})")
                .find("requests[1].expect.staus: this key is unknown; did you mean 'status'?"),
            std::string::npos);
  EXPECT_NE(why(R"({"requests": [{"path": "/", "headers": {"A": "1", "A": "2"}}]})")
                .find("requests[0].headers.A: this key is there twice"),
            std::string::npos);
  EXPECT_NE(why(R"({"values": {"a": {"list": [[1], {"x": 1, "x": 2}]}}, "requests": []})")
                .find("values.a.list[1].x: this key is there twice"),
            std::string::npos);
}

TEST_F(RequestsDocument, WrongTypesAndMissingPartsAreRefusedWithTheirPath) {
  const auto with = [](const std::string& request) { return R"({"requests": [)" + request + "]}"; };
  const auto value = [](const std::string& source) {
    return R"({"values": {"v": )" + source + R"(}, "requests": [{"path": "/"}]})";
  };
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"[]", "the document: this is no object"},
      {"{}", "requests: this key is missing"},
      {R"({"requests": []})", "requests: this is no list"},
      {R"({"order": "random", "requests": [{"path": "/"}]})", "order: 'random' is unknown"},
      {R"({"cookies": "yes", "requests": [{"path": "/"}]})", "cookies: this is neither true nor false"},
      {with("{}"), "requests[0]: 'path' is missing"},
      {with(R"({"path": 7})"), "requests[0].path: this is no text"},
      {with(R"({"path": "/", "weight": "2"})"), "requests[0].weight: this is no number"},
      {with(R"({"path": "/", "headers": ["A: 1"]})"), "requests[0].headers: this is no object"},
      {with(R"({"path": "/", "headers": {"A": ["1", 2]}})"), "requests[0].headers.A[1]: this is no text"},
      {with(R"({"path": "/", "body": "a", "body_file": "b"})"), "'body' and 'body_file' exclude each other"},
      {with(R"({"path": "/", "body_file": "none"})"), "requests[0].body_file: "},
      {with(R"({"path": "/", "expect": {"status": "2xx"}})"), "requests[0].expect.status: "},
      {with(R"({"path": "/", "expect": {"length": -1}})"), "requests[0].expect.length: this is no whole number from 0"},
      {with(R"({"path": "/", "expect": {"every": 0}})"), "requests[0].expect.every: this is no whole number from 1"},
      {value("{}"), "values.v: nothing says where its values come from; expected one of sequence"},
      {value(R"({"zpif": {}})"), "values.v.zpif: this key is unknown; did you mean 'zipf'?"},
      {value(R"({"list": ["a"], "uuid": {}})"), "values.v: 'list' and 'uuid' exclude each other"},
      {value(R"({"uniform": {"from": 1}})"), "values.v.uniform: 'to' is missing"},
      {value(R"({"uniform": {"to": 1.5}})"), "values.v.uniform.to: this is no whole number"},
      {value(R"({"uniform": {"to": 18446744073709551615}})"), "values.v.uniform.to: this is no whole number"},
      {value(R"({"uniform": {"to": 5, "exponent": 1}})"), "values.v.uniform.exponent: this key is unknown"},
      {value(R"({"list": [1.5]})"), "values.v.list[0]: this is neither"},
      {value(R"({"list": []})"), "placeholder 'v': its list is empty"},
      {value(R"({"csv": "users.csv"})"), "values.v: 'csv' needs 'column'"},
      {value(R"({"csv": "users.csv", "column": "nmae"})"), "did you mean 'name'?"},
      {value(R"({"list": ["a"], "column": "b"})"), "values.v.column: only 'csv' has columns"},
      {"{\n \"requests\": [,]\n}", "line 2, column 15: this is not JSON"},
      {"", "this is not JSON"},
  };
  put("users.csv", "id,name\n1,Ann\n");
  for (const auto& [json, part] : cases)
    EXPECT_NE(why(json).find(part), std::string::npos) << json << "\n" << why(json);
}

TEST_F(RequestsDocument, WhatCannotBeSentIsRefusedHereToo) {
  EXPECT_NE(why(R"({"requests": [{"name": "a", "path": "/{{id}}"}]})")
                .find("request 'a': path '/{{id}}': placeholder "
                      "{{id}} is unknown"),
            std::string::npos);
}

TEST(RequestsExample, TheOneThatComesAlongIsAccepted) {
  const std::string file = HOTLAP_SOURCE_DIR "/scenarios/requests/sticker_site.json";
  const auto json = read_request_file(file);
  ASSERT_TRUE(json) << json.error().message;
  load::LoadSpec spec{.url = load::Url::parse("http://a/").value()};
  const auto taken = read_requests(*json, file, spec);
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_GT(spec.requests.size(), 2U);
  EXPECT_FALSE(spec.values.empty());
}

}  // namespace
}  // namespace hotlap::loadgen
