#include "harness/scenario_schema.h"

#include <nlohmann/json.hpp>

#include "harness/scenario_keys.h"

namespace hotlap::harness {
namespace {

using Json = nlohmann::ordered_json;
using Kind = Key::Kind;

constexpr const char* kPlaceholder = R"(\{[a-z][a-z0-9_]*\})";
constexpr const char* kNumber = R"(([0-9]+(\.[0-9]*)?|\.[0-9]+))";

// Also a value that is filled in: what it comes to is for the reader to judge.
Json or_placeholder(Json shape) {
  return {{"anyOf", {std::move(shape), {{"type", "string"}, {"pattern", kPlaceholder}}}}};
}

Json text_like(const std::string& expression) {
  return {{"type", "string"}, {"pattern", "^(" + expression + ")$"}};
}

class SchemaWriter {
 public:
  Json document() {
    Json schema = {
        {"$schema", "https://json-schema.org/draft/2020-12/schema"},
        {"title", "A scenario of Hotlap"},
        {"description", "Refer to it in the first line of a scenario: # yaml-language-server: $schema=FILE"}};
    schema.update(mapping(scenario_keys(), {}));
    schema["$defs"] = std::move(definitions_);
    return schema;
  }

 private:
  Json mapping(const std::vector<Key>& keys, const std::vector<Key>& item) {
    Json schema = {{"type", "object"}};
    Json properties = Json::object();
    Json required = Json::array();
    for (const auto& key : keys) {
      properties[key.name] = described(key);
      if (key.required) required.push_back(key.name);
    }
    if (!keys.empty()) schema["properties"] = std::move(properties);
    if (!required.empty()) schema["required"] = std::move(required);
    schema["additionalProperties"] = item.empty() ? Json(false) : described(item.front());
    return schema;
  }

  // Sections that stand in several places are defined once.
  Json described(const Key& key) {
    if (key.name == "target" || key.name == "load" || key.name == "matrix") {
      if (!definitions_.contains(key.name)) {
        definitions_[key.name] = nullptr;  // keeps its place while what is inside is written
        definitions_[key.name] = with_about(key, shape(key));
      }
      return {{"$ref", "#/$defs/" + key.name}};
    }
    return with_about(key, shape(key));
  }

  static Json with_about(const Key& key, Json schema) {
    if (!key.about.empty()) schema["description"] = key.about;
    return schema;
  }

  Json shape(const Key& key) {
    switch (key.kind) {
      case Kind::text:
        return {{"type", {"string", "number", "boolean"}}};
      case Kind::line:
        return {{"type", {"string", "number", "boolean"}}, {"pattern", R"(^[^\r\n]*$)"}};
      case Kind::path:
        return or_placeholder(text_like(R"(/[^ \r\n\t]*)"));
      case Kind::count: {
        Json whole = {{"type", "integer"}, {"minimum", key.low}};
        if (key.high != UINT64_MAX) whole["maximum"] = key.high;
        return or_placeholder({{"anyOf", {std::move(whole), text_like(std::string(kNumber) + "[kM]?")}}});
      }
      case Kind::number:
        return or_placeholder({{"anyOf", {{{"type", "number"}, {"exclusiveMinimum", 0}}, text_like(kNumber)}}});
      case Kind::duration:
        return or_placeholder(text_like(std::string(kNumber) + "(ns|us|ms|s|m|h)"));
      case Kind::bytes:
        return or_placeholder(text_like(std::string(kNumber) + "(B|kB|MB|GB|KiB|MiB|GiB)"));
      case Kind::cpus:
        return or_placeholder(
            {{"anyOf", {{{"type", "integer"}, {"minimum", 0}}, text_like("[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*")}}});
      case Kind::choice:
        return or_placeholder({{"enum", key.choices}});
      case Kind::pattern: {
        auto text = text_like(key.pattern);
        if (key.high == UINT64_MAX) return or_placeholder(std::move(text));
        Json whole = {{"type", "integer"}, {"minimum", key.low}, {"maximum", key.high}};
        return or_placeholder({{"anyOf", {std::move(whole), std::move(text)}}});
      }
      case Kind::list:
        return {{"type", "array"}, {"items", described(key.item.front())}};
      case Kind::one_or_more: {
        auto one = described(key.item.front());
        return {{"anyOf", {one, {{"type", "array"}, {"items", one}, {"minItems", 1}}}}};
      }
      case Kind::mapping:
        return mapping(key.keys, key.item);
    }
    return {};
  }

  Json definitions_ = Json::object();
};

}  // namespace

std::string scenario_schema() {
  return SchemaWriter().document().dump(2) + "\n";
}

}  // namespace hotlap::harness
