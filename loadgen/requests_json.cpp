#include "loadgen/requests_json.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "base/did_you_mean.h"
#include "loadgen/contract/request_rules.h"
#include "loadgen/contract/template_text.h"
#include "loadgen/csv_column.h"

namespace hotlap::loadgen {
namespace {

using nlohmann::ordered_json;
using Json = ordered_json;

constexpr std::uintmax_t kLargestFile = 256 * 1024 * 1024;

// Within this file a wrong document is an exception, and an Error further out.
struct Refused : std::runtime_error {
  Refused(const std::string& where, const std::string& why)
      : std::runtime_error(where.empty() ? why : where + ": " + why) {}
};

std::string below(const std::string& where, std::string_view key) {
  return where.empty() ? std::string(printable(key)) : fmt::format("{}.{}", where, printable(key));
}

std::string below(const std::string& where, std::size_t index) {
  return fmt::format("{}[{}]", where, index);
}

// Notices a key that stands twice in one object, which a parsed document no longer shows.
class DuplicateKeys {
 public:
  bool operator()(int /*depth*/, Json::parse_event_t event, const Json& value) {
    using Event = Json::parse_event_t;
    switch (event) {
      case Event::object_start:
      case Event::array_start:
        enter();
        open_.push_back({.array = event == Event::array_start, .keys = {}, .key = {}, .index = 0});
        break;
      case Event::object_end:
      case Event::array_end:
        open_.pop_back();
        break;
      case Event::key: {
        auto& object = open_.back();
        object.key = value.get<std::string>();
        if (!object.keys.insert(object.key).second) throw Refused(path(), "this key is there twice; keep one");
        break;
      }
      case Event::value:
        enter();
        break;
    }
    return true;
  }

 private:
  struct Level {
    bool array;
    std::set<std::string> keys;
    std::string key;
    std::size_t index;  // of the next element
  };

  void enter() {
    if (!open_.empty() && open_.back().array) ++open_.back().index;
  }
  [[nodiscard]] std::string path() const {
    std::string path;
    for (const auto& level : open_) path = level.array ? below(path, level.index - 1) : below(path, level.key);
    return path;
  }

  std::vector<Level> open_;
};

void only_keys(const Json& json, const std::string& where, const std::vector<std::string>& known) {
  if (!json.is_object()) throw Refused(where.empty() ? "the document" : where, "this is no object {…}");
  for (const auto& item : json.items())
    if (std::ranges::find(known, item.key()) == known.end())
      throw Refused(below(where, item.key()), "this key is unknown" + did_you_mean(item.key(), known));
}

std::string text(const Json& json, const std::string& where) {
  if (!json.is_string()) throw Refused(where, "this is no text in quotes");
  return json.get<std::string>();
}

double number(const Json& json, const std::string& where) {
  if (!json.is_number()) throw Refused(where, "this is no number");
  return json.get<double>();
}

std::int64_t whole_number(const Json& json, const std::string& where) {
  if (!json.is_number_integer() ||
      (json.is_number_unsigned() &&
       json.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())))
    throw Refused(where, "this is no whole number of at most 63 bits");
  return json.get<std::int64_t>();
}

std::uint64_t count(const Json& json, const std::string& where, std::uint64_t least, std::uint64_t most) {
  if (!json.is_number_unsigned() || json.get<std::uint64_t>() < least || json.get<std::uint64_t>() > most)
    throw Refused(where, fmt::format("this is no whole number from {} to {}", least, most));
  return json.get<std::uint64_t>();
}

class Document {
 public:
  explicit Document(const std::string& file) : folder_(std::filesystem::path(file).parent_path()) {}

  void read(const Json& json, load::LoadSpec& spec) const {
    only_keys(json, "", {"order", "cookies", "values", "requests"});
    if (const auto order = json.find("order"); order != json.end()) {
      const auto name = text(*order, "order");
      if (name != "weighted" && name != "sequence")
        throw Refused("order",
                      fmt::format("'{}' is unknown{}", printable(name), did_you_mean(name, {"weighted", "sequence"})));
      spec.order = name == "weighted" ? load::RequestOrder::weighted : load::RequestOrder::sequence;
    }
    if (const auto cookies = json.find("cookies"); cookies != json.end()) {
      if (!cookies->is_boolean()) throw Refused("cookies", "this is neither true nor false");
      if (cookies->get<bool>()) spec.keep_cookies = true;
    }
    if (const auto values = json.find("values"); values != json.end()) {
      if (!values->is_object()) throw Refused("values", "this is no object {…} of placeholders");
      for (const auto& [name, value] : values->items())
        spec.values.push_back(value_source(name, value, below("values", name)));
    }
    const auto requests = json.find("requests");
    if (requests == json.end()) throw Refused("requests", "this key is missing; it lists what to send");
    if (!requests->is_array() || requests->empty())
      throw Refused("requests", "this is no list […] of at least one request");
    for (std::size_t i = 0; i < requests->size(); ++i)
      spec.requests.push_back(request((*requests)[i], below("requests", i)));
  }

 private:
  [[nodiscard]] load::ValueSource value_source(const std::string& name, const Json& json,
                                               const std::string& where) const {
    using Law = load::ValueSource::Law;
    load::ValueSource source{.name = name};
    const std::vector<std::string> laws = {"sequence", "uniform", "zipf", "list", "csv", "uuid"};
    auto known = laws;
    known.emplace_back("column");
    only_keys(json, where, known);
    std::string law;
    for (const auto& candidate : laws) {
      if (!json.contains(candidate)) continue;
      if (!law.empty()) throw Refused(where, fmt::format("'{}' and '{}' exclude each other", law, candidate));
      law = candidate;
    }
    if (law.empty()) throw Refused(where, "nothing says where its values come from" + did_you_mean("", laws));
    if (law != "csv" && json.contains("column")) throw Refused(below(where, "column"), "only 'csv' has columns");
    const auto& given = json.at(law);
    const auto inner = below(where, law);
    if (law == "list") {
      source.law = Law::list;
      if (!given.is_array()) throw Refused(inner, "this is no list […]");
      for (std::size_t i = 0; i < given.size(); ++i) source.items.push_back(item(given[i], below(inner, i)));
    } else if (law == "csv") {
      source.law = Law::list;
      const auto column = json.find("column");
      if (column == json.end()) throw Refused(where, "'csv' needs 'column', the name in the file's first line");
      source.items = column_of(text(given, inner), text(*column, below(where, "column")), inner);
    } else if (law == "uuid") {
      source.law = Law::uuid;
      only_keys(given, inner, {});
    } else {
      source.law = law == "sequence" ? Law::sequence : law == "uniform" ? Law::uniform : Law::zipf;
      range(given, inner, source);
    }
    return source;
  }

  static void range(const Json& json, const std::string& where, load::ValueSource& source) {
    const bool endless = source.law == load::ValueSource::Law::sequence;
    std::vector<std::string> known = {"from", "to"};
    if (source.law == load::ValueSource::Law::zipf) known.emplace_back("exponent");
    only_keys(json, where, known);
    if (const auto from = json.find("from"); from != json.end()) source.low = whole_number(*from, below(where, "from"));
    if (const auto to = json.find("to"); to != json.end())
      source.high = whole_number(*to, below(where, "to"));
    else if (endless)
      source.high = std::numeric_limits<std::int64_t>::max();
    else
      throw Refused(where, "'to' is missing, the highest value");
    if (const auto exponent = json.find("exponent"); exponent != json.end())
      source.exponent = number(*exponent, below(where, "exponent"));
  }

  // Numbers may stand in a list without quotes, as they are written.
  static std::string item(const Json& json, const std::string& where) {
    if (json.is_number_integer()) return json.dump();
    if (!json.is_string()) throw Refused(where, "this is neither a text in quotes nor a whole number");
    return json.get<std::string>();
  }

  [[nodiscard]] load::RequestTemplate request(const Json& json, const std::string& where) const {
    only_keys(json, where,
              {"name", "method", "path", "headers", "body", "body_file", "raw_body_file", "weight", "expect"});
    load::RequestTemplate request;
    if (const auto method = json.find("method"); method != json.end())
      request.method = text(*method, below(where, "method"));
    const auto path = json.find("path");
    if (path == json.end()) throw Refused(where, "'path' is missing");
    request.target = text(*path, below(where, "path"));
    request.name = request.method + " " + request.target;
    if (const auto name = json.find("name"); name != json.end()) request.name = text(*name, below(where, "name"));
    if (const auto headers = json.find("headers"); headers != json.end())
      request.headers = fields(*headers, below(where, "headers"));
    request.body = body(json, where);
    if (const auto weight = json.find("weight"); weight != json.end())
      request.weight = number(*weight, below(where, "weight"));
    if (const auto expect = json.find("expect"); expect != json.end())
      request.expect = expectation(*expect, below(where, "expect"));
    return request;
  }

  // {"Name": "value"}; several lines of one name as a list of values.
  static std::vector<std::pair<std::string, std::string>> fields(const Json& json, const std::string& where) {
    if (!json.is_object()) throw Refused(where, "this is no object {…} of names and values");
    std::vector<std::pair<std::string, std::string>> fields;
    for (const auto& [name, value] : json.items()) {
      if (value.is_array())
        for (std::size_t i = 0; i < value.size(); ++i)
          fields.emplace_back(name, text(value[i], below(below(where, name), i)));
      else
        fields.emplace_back(name, text(value, below(where, name)));
    }
    return fields;
  }

  [[nodiscard]] std::string body(const Json& json, const std::string& where) const {
    std::string found;
    std::string body;
    for (const char* key : {"body", "body_file", "raw_body_file"}) {
      const auto given = json.find(key);
      if (given == json.end()) continue;
      if (!found.empty()) throw Refused(where, fmt::format("'{}' and '{}' exclude each other", found, key));
      found = key;
      body = text(*given, below(where, key));
      if (found != "body") body = bytes_of(body, below(where, key));
      if (found == "raw_body_file") body = load::literal_template(body);
    }
    return body;
  }

  [[nodiscard]] load::Expectation expectation(const Json& json, const std::string& where) const {
    only_keys(json, where, {"status", "length", "body", "body_file", "contains", "sha256", "headers", "every"});
    load::Expectation expect;
    if (const auto status = json.find("status"); status != json.end()) {
      const auto range = load::parse_status_range(status->is_number_unsigned() ? status->dump()
                                                                               : text(*status, below(where, "status")));
      if (!range) throw Refused(below(where, "status"), range.error().message);
      std::tie(expect.status_low, expect.status_high) = *range;
    }
    if (const auto length = json.find("length"); length != json.end())
      expect.body_length = count(*length, below(where, "length"), 0,
                                 static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
    if (json.contains("body") && json.contains("body_file"))
      throw Refused(where, "'body' and 'body_file' exclude each other");
    if (const auto body = json.find("body"); body != json.end()) expect.body = text(*body, below(where, "body"));
    if (const auto file = json.find("body_file"); file != json.end())
      expect.body = bytes_of(text(*file, below(where, "body_file")), below(where, "body_file"));
    if (const auto contains = json.find("contains"); contains != json.end())
      expect.contains = text(*contains, below(where, "contains"));
    if (const auto hash = json.find("sha256"); hash != json.end()) expect.sha256 = text(*hash, below(where, "sha256"));
    if (const auto headers = json.find("headers"); headers != json.end())
      expect.with_fields = fields(*headers, below(where, "headers"));
    if (const auto every = json.find("every"); every != json.end())
      expect.every = static_cast<std::uint32_t>(
          count(*every, below(where, "every"), 1, std::numeric_limits<std::uint32_t>::max()));
    return expect;
  }

  [[nodiscard]] std::string bytes_of(const std::string& name, const std::string& where) const {
    auto bytes = read_request_file((folder_ / name).string());
    if (!bytes) throw Refused(where, bytes.error().message);
    return std::move(*bytes);
  }

  [[nodiscard]] std::vector<std::string> column_of(const std::string& name, const std::string& column,
                                                   const std::string& where) const {
    auto values = csv_column(bytes_of(name, where), column);
    if (!values) throw Refused(where, fmt::format("file '{}': {}", printable(name), values.error().message));
    return std::move(*values);
  }

  std::filesystem::path folder_;
};

}  // namespace

Result<std::string> read_request_file(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return fail(fmt::format("'{}' is no file that can be read{}{}", printable(path), error ? ": " : "",
                            error ? error.message() : ""),
                ExitCode::bad_config);
  const auto size = std::filesystem::file_size(path, error);
  if (error || size > kLargestFile)
    return fail(fmt::format("'{}' is larger than 256 MiB", printable(path)), ExitCode::bad_config);
  std::ifstream file(path, std::ios::binary);
  std::string bytes(size, '\0');
  if (!file.read(bytes.data(), static_cast<std::streamsize>(size)))
    return fail_errno(fmt::format("read '{}'", printable(path)), ExitCode::bad_config);
  return bytes;
}

Result<void> read_requests(std::string_view json, const std::string& file, load::LoadSpec& spec) {
  const auto refuse = [&](std::string_view why) {
    return fail(fmt::format("{}: {}", printable(file), why), ExitCode::bad_config);
  };
  try {
    const auto document = Json::parse(json, DuplicateKeys());
    Document(file).read(document, spec);
  } catch (const Refused& refused) {
    return refuse(refused.what());
  } catch (const Json::parse_error& error) {
    const auto before = json.substr(0, error.byte == 0 ? 0 : error.byte - 1);
    const auto line = 1 + std::ranges::count(before, '\n');
    const auto column = before.size() - (before.rfind('\n') + 1) + 1;
    return refuse(
        fmt::format("line {}, column {}: this is not JSON; look for a missing quote, comma or bracket, or a "
                    "comma too many",
                    line, column));
  } catch (const Json::exception& error) {
    return refuse(printable(error.what()));
  }
  if (auto valid = load::validate_requests(spec); !valid) return refuse(valid.error().message);
  return {};
}

}  // namespace hotlap::loadgen
