// A strict reader of OpenMetrics text 1.0, for tests: the rules that a scraper may rely on, nothing forgiven.
// Source: OpenMetrics specification 1.0, "Text format" and "Metric types".
#pragma once

#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace hotlap::loadgen {

struct OpenMetrics {
  struct Sample {
    std::string name;
    std::vector<std::pair<std::string, std::string>> labels;
    double value = 0;
  };
  struct Family {
    std::string type, unit;
    std::vector<Sample> samples;
  };
  std::map<std::string, Family> families;
  std::string problem;  // the first; empty: none
};

class OpenMetricsReader {
 public:
  [[nodiscard]] static OpenMetrics read(const std::string& text) {
    OpenMetricsReader reader;
    reader.all(text);
    return std::move(reader.found_);
  }

 private:
  void refuse(const std::string& why) {
    if (found_.problem.empty()) found_.problem = fmt::format("{}: {}", line_, why);
  }

  void all(const std::string& text) {
    if (!text.ends_with("# EOF\n")) refuse("the text does not end in # EOF");
    std::istringstream lines(text);
    bool ended = false;
    for (std::string line; std::getline(lines, line);) {
      line_ = line;
      if (ended) refuse("something follows # EOF");
      if (line == "# EOF")
        ended = true;
      else if (line.starts_with("# "))
        descriptor(line.substr(2));
      else
        sample(line);
    }
    for (const auto& [name, family] : found_.families)
      if (family.type == "histogram") check_histogram(name, family);
  }

  void descriptor(const std::string& words) {
    std::istringstream in(words);
    std::string keyword, name;
    in >> keyword >> name;
    std::string rest;
    std::getline(in >> std::ws, rest);
    if (keyword == "TYPE") {
      static const std::set<std::string> types = {"counter", "gauge", "histogram", "info", "stateset"};
      if (!types.contains(rest)) refuse("no known type");
      if (!found_.families.try_emplace(name, OpenMetrics::Family{rest, "", {}}).second) refuse("family comes twice");
      family_ = name;
    } else if (name != family_) {
      refuse("a descriptor away from its family");
    } else if (!found_.families[name].samples.empty()) {
      refuse("a descriptor after its samples");
    } else if (keyword == "UNIT") {
      if (!name.ends_with("_" + rest)) refuse("the unit does not end the name");
      found_.families[name].unit = rest;
    } else if (keyword != "HELP" || rest.empty()) {
      refuse("no descriptor");
    }
  }

  void sample(const std::string& line) {
    OpenMetrics::Sample one;
    std::size_t at = line.find_first_of("{ ");
    if (at == std::string::npos || at == 0) return refuse("no name");
    one.name = line.substr(0, at);
    for (const char c : one.name)
      if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != ':') refuse("a name with other letters");
    if (line[at] == '{') {
      ++at;
      while (at < line.size() && line[at] != '}') {
        if (!label(line, at, one)) return refuse("no label");
        if (at < line.size() && line[at] == ',') ++at;
      }
      ++at;
    }
    if (at >= line.size() || line[at] != ' ') return refuse("no value");
    const auto value = line.substr(at + 1);
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), one.value);
    if (error != std::errc{} || end != value.data() + value.size()) refuse("no number");
    belongs(one);
    std::string key = one.name;
    for (const auto& [name, text] : one.labels) key += fmt::format("|{}={}", name, text);
    if (!seen_.insert(key).second) refuse("sample comes twice");
    found_.families[family_].samples.push_back(std::move(one));
  }

  static bool label(const std::string& line, std::size_t& at, OpenMetrics::Sample& one) {
    const auto equals = line.find("=\"", at);
    if (equals == std::string::npos || equals == at) return false;
    const auto name = line.substr(at, equals - at);
    for (const auto& [other, text] : one.labels)
      if (other == name) return false;
    std::string value;
    for (at = equals + 2; at < line.size() && line[at] != '"'; ++at) {
      if (line[at] == '\\') {
        ++at;
        if (at >= line.size() || std::string("\\\"n").find(line[at]) == std::string::npos) return false;
      }
      value += line[at];
    }
    if (at++ >= line.size()) return false;
    one.labels.emplace_back(name, value);
    return at < line.size() && (line[at] == ',' || line[at] == '}');
  }

  void belongs(const OpenMetrics::Sample& one) {
    if (!found_.families.contains(family_)) return refuse("a sample before any family");
    const auto& type = found_.families[family_].type;
    if (!one.name.starts_with(family_)) return refuse("a sample of another family");
    const auto suffix = one.name.substr(family_.size());
    static const std::map<std::string, std::set<std::string>> suffixes = {{"counter", {"_total"}},
                                                                          {"gauge", {""}},
                                                                          {"info", {"_info"}},
                                                                          {"stateset", {""}},
                                                                          {"histogram", {"_bucket", "_count", "_sum"}}};
    if (const auto allowed = suffixes.find(type); allowed == suffixes.end() || !allowed->second.contains(suffix))
      refuse("a suffix that its type does not have");
    if (type == "counter" && !(one.value >= 0 && std::isfinite(one.value))) refuse("a counter below zero");
    if (type == "info" && one.value != 1) refuse("an info other than 1");
    if (type == "stateset" &&
        (one.labels.size() != 1 || one.labels[0].first != family_ || (one.value != 0 && one.value != 1)))
      refuse("no state");
  }

  void check_histogram(const std::string& name, const OpenMetrics::Family& family) {
    struct Series {
      std::vector<std::pair<double, double>> buckets;
      std::optional<double> count, sum;
    };
    std::map<std::string, Series> all;
    for (const auto& one : family.samples) {
      std::string key;
      std::string bound;
      for (const auto& [label, text] : one.labels)
        if (label == "le")
          bound = text;
        else
          key += fmt::format("{}={}|", label, text);
      auto& series = all[key];
      if (one.name == name + "_count") series.count = one.value;
      if (one.name == name + "_sum") series.sum = one.value;
      if (one.name != name + "_bucket") continue;
      double le = INFINITY;
      if (bound != "+Inf") {
        std::from_chars(bound.data(), bound.data() + bound.size(), le);
        if (bound.find_first_of(".e") == std::string::npos) refuse(name + ": a bound that does not look like a number");
      }
      if (!series.buckets.empty() && !(series.buckets.back().first < le)) refuse(name + ": bounds do not rise");
      if (!series.buckets.empty() && series.buckets.back().second > one.value) refuse(name + ": buckets fall");
      series.buckets.emplace_back(le, one.value);
    }
    for (const auto& [key, series] : all) {
      if (!series.count || !series.sum) refuse(name + ": no count or sum");
      if (series.buckets.empty() || !std::isinf(series.buckets.back().first))
        refuse(name + ": no bucket +Inf");
      else if (series.buckets.back().second != series.count)
        refuse(name + ": +Inf is not the count");
    }
  }

  OpenMetrics found_;
  std::string line_, family_;
  std::set<std::string> seen_;
};

}  // namespace hotlap::loadgen
