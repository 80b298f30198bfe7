#include <fmt/core.h>

#include <array>
#include <cmath>

#include "loadgen/faces/output.h"

namespace hotlap::loadgen {
namespace {

constexpr std::string_view kPrefix = "hotlap_load_";
constexpr std::array kBounds_s = {1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2,
                                  2e-2, 5e-2, 0.1,  0.2,  0.5,  1.0,  2.0,  5.0,  10.0, 20.0, 50.0, 100.0};

// The format's canonical rendering of a bound: always with a point or an exponent.
std::string bound_text(double bound) {
  auto text = fmt::format("{}", bound);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

// `name="value"`; the value with the format's three escapes, and without what is not UTF-8.
std::string label(std::string_view name, std::string_view value) {
  std::string escaped;
  for (const char c : printable(value, 1000)) {
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c;
  }
  return fmt::format("{}=\"{}\"", name, escaped);
}

class Document {
 public:
  // The unit, where there is one, ends the name, as the format asks.
  void family(std::string_view name, std::string_view type, std::string_view unit, std::string_view help) {
    name_ = fmt::format("{}{}", kPrefix, name);
    text_ += fmt::format("# TYPE {} {}\n", name_, type);
    if (!unit.empty()) text_ += fmt::format("# UNIT {} {}\n", name_, unit);
    text_ += fmt::format("# HELP {} {}\n", name_, help);
  }
  template <class Number>
  void sample(std::string_view suffix, std::string_view labels, Number value) {
    text_ += labels.empty() ? fmt::format("{}{} {}\n", name_, suffix, value)
                            : fmt::format("{}{}{{{}}} {}\n", name_, suffix, labels, value);
  }
  // Of the family that was begun last.
  void histogram(const Histogram& known, const Histogram& at_least, const std::string& labels) {
    const auto buckets = known.buckets();
    const std::string before = labels.empty() ? "" : labels + ",";
    auto next = buckets.begin();
    std::uint64_t below = 0;
    for (const double bound : kBounds_s) {
      for (; next != buckets.end() && next->lowest_ns <= std::llround(bound * 1e9); ++next) below += next->count;
      sample("_bucket", before + label("le", bound_text(bound)), below);
    }
    const auto count = known.count() + at_least.count();
    sample("_bucket", before + label("le", "+Inf"), count);
    sample("_count", labels, count);
    sample("_sum", labels,
           in_seconds(known.mean()) * static_cast<double>(known.count()) +
               in_seconds(at_least.mean()) * static_cast<double>(at_least.count()));
  }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string end() const { return text_ + "# EOF\n"; }

 private:
  std::string text_;
  std::string name_;
};

void add_run(Document& document, const load::LoadSpec& spec, const load::Measurement& measurement) {
  document.family("run", "info", "", "What was run.");
  std::string labels = label("version", HOTLAP_VERSION);
  for (const auto& [name, value] : {std::pair<std::string_view, std::string>{"method", spec.method},
                                    {"url", spec.url.text()},
                                    {"loop", measurement.loop},
                                    {"arrivals", measurement.arrivals},
                                    {"transport", measurement.transport},
                                    {"threads", fmt::format("{}", measurement.threads)},
                                    {"pipeline_depth", fmt::format("{}", spec.pipeline_depth)}})
    labels += "," + label(name, value);
  document.sample("_info", labels, 1);

  document.family("verdict", "stateset", "", "Whether these figures are to be believed.");
  for (const auto level : {load::VerdictLevel::valid, load::VerdictLevel::suspect, load::VerdictLevel::invalid})
    document.sample("", label(document.name(), load::to_text(level)), measurement.verdict.level == level ? 1 : 0);
  document.family("window_seconds", "gauge", "seconds", "Length of the measured window.");
  document.sample("", "", in_seconds(measurement.window));
  document.family("good_responses_per_second", "gauge", "", "Good responses inside the window per second: throughput.");
  document.sample("", "", measurement.throughput_per_s);
}

void add_counts(Document& document, const load::Measurement& measurement) {
  const auto& requests = measurement.requests;
  document.family("requests", "counter", "", "Requests of the window by what became of them.");
  for (const auto& [outcome, count] : {std::pair<std::string_view, std::uint64_t>{"good", requests.good},
                                       {"bad", requests.answered - requests.good},
                                       {"failed", requests.failed},
                                       {"timed_out", requests.timed_out},
                                       {"in_flight_at_end", requests.in_flight_at_end}})
    document.sample("_total", label("outcome", outcome), count);
  if (measurement.loop == "open") {
    document.family("unsent_requests", "counter", "", "Requests that were due in the window and not sent.");
    document.sample("_total", label("cause", "never_sent"), measurement.never_sent);
    document.sample("_total", label("cause", "dropped"), measurement.dropped);
  }
  document.family("responses", "counter", "", "Responses by status.");
  for (const auto& [status, count] : measurement.status)
    document.sample("_total", label("status", fmt::format("{}", status)), count);
  document.family("errors", "counter", "", "Errors by kind.");
  std::map<std::string, std::uint64_t> kinds;
  for (const auto& error : measurement.errors) kinds[error.kind] += error.count;
  for (const auto& [kind, count] : kinds) document.sample("_total", label("kind", kind), count);
  document.family("received_bytes", "counter", "bytes", "Bytes received in the window, heads included.");
  document.sample("_total", "", measurement.bytes_received);

  const auto& connections = measurement.connections;
  document.family("connections", "gauge", "", "Connections asked for, open at once, and answered on.");
  document.sample("", label("state", "requested"), connections.requested);
  document.sample("", label("state", "established"), connections.established);
  document.sample("", label("state", "served"), connections.served);
  document.family("reconnects", "counter", "", "Connections that had to be made again.");
  document.sample("_total", "", connections.reconnects);
  if (connections.most_answers > 0) {
    document.family("connection_fairness_ratio", "gauge", "ratio", "Jain's index of responses per connection.");
    document.sample("", "", connections.fairness);
  }

  document.family("cpu_seconds", "counter", "seconds", "Processor time of the load threads in the window.");
  document.sample("_total", label("mode", "user"), in_seconds(measurement.cpu_user));
  document.sample("_total", label("mode", "system"), in_seconds(measurement.cpu_system));
  Nanos waited{};
  for (const auto& thread : measurement.thread_use) waited += thread.waited;
  document.family("waited_seconds", "counter", "seconds",
                  "Time in which load threads were ready and had no processor.");
  document.sample("_total", "", in_seconds(waited));
  document.family("host_lost_seconds", "counter", "seconds", "Processor time that the machine kept from the load.");
  document.sample("_total", label("cause", "steal"), in_seconds(measurement.host.steal));
  document.sample("_total", label("cause", "throttled"), in_seconds(measurement.host.throttled));
}

void add_times(Document& document, const load::Measurement& measurement) {
  const auto add = [&](std::string_view name, std::string_view help, const Histogram& known,
                       const Histogram& at_least) {
    document.family(name, "histogram", "seconds", help);
    document.histogram(known, at_least, "");
  };
  add("service_time_seconds",
      "Last response byte minus hand-over to the kernel; requests without a whole response are in +Inf only.",
      measurement.service_time, measurement.service_time_at_least);
  if (measurement.loop == "open") {
    add("response_time_seconds",
        "Last response byte minus intended start; requests without a whole response are in +Inf only.",
        measurement.response_time, measurement.response_time_at_least);
    add("send_lag_seconds", "Hand-over to the kernel minus intended start.", measurement.send_lag, {});
  }
  add("first_byte_time_seconds", "First response byte minus hand-over to the kernel.", measurement.first_byte_time, {});
  add("connect_time_seconds", "From connect to an open connection, in the whole run.", measurement.connect_time, {});
  document.family("class_service_time_seconds", "histogram", "seconds", "Service time by class of status.");
  for (const auto& [status_class, histogram] : measurement.service_time_by_class)
    document.histogram(histogram, {}, label("class", status_class));
  if (measurement.by_request.empty()) return;
  std::map<std::string, Histogram> by_name;  // a series must not stand there twice
  for (const auto& one : measurement.by_request) by_name[one.name].merge(one.service_time);
  document.family("request_service_time_seconds", "histogram", "seconds",
                  "Service time of whole responses by named request.");
  for (const auto& [name, histogram] : by_name) document.histogram(histogram, {}, label("request", name));
}

}  // namespace

std::string openmetrics_output(const load::LoadSpec& spec, const load::Measurement& measurement) {
  Document document;
  add_run(document, spec, measurement);
  add_counts(document, measurement);
  add_times(document, measurement);
  return document.end();
}

}  // namespace hotlap::loadgen
