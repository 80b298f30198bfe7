#include "loadgen/validity.h"

#include <fmt/core.h>
#include <netinet/in.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>
#include <ranges>

#include "base/host.h"
#include "base/units.h"

namespace hotlap::loadgen {
namespace {

using load::VerdictLevel;

// What leaves in one piece is not paced: bodies of 64 KiB came as fast with pacing as without, of 128 KiB half as fast.
constexpr double kPacedResponse = 100 * 1024;  // bytes

double percent(double share) {
  return 100 * share;
}

// One rule each: looks at the figures and adds its reason.
class Judgement {
 public:
  Judgement(const load::Measurement& measurement, const load::LoadSpec& spec, const ValidityLimits& limits)
      : measurement_(measurement), spec_(spec), limits_(limits) {}

  load::Verdict verdict() && {
    if (backlog_only()) {
      connections();
      generator();
      machine();
      return std::move(verdict_);
    }
    if (measurement_.requests.good == 0 || measurement_.good_in_window == 0) {
      raise(VerdictLevel::invalid,
            fmt::format("no good response in the window ({} sent, {} answered{})", measurement_.requests.sent,
                        measurement_.requests.answered, most_frequent_error()));
      return std::move(verdict_);
    }
    good_share();
    connections();
    generator();
    machine();
    if (spec_.open_loop())
      offered();
    else
      littles_law();
    steady();
    delayed_acknowledgement();
    samples();
    return std::move(verdict_);
  }

 private:
  void raise(VerdictLevel level, std::string reason) { verdict_.raise(level, std::move(reason)); }

  [[nodiscard]] std::uint64_t settled() const {
    const auto& requests = measurement_.requests;
    return requests.answered + requests.failed + requests.timed_out + requests.in_flight_at_end;
  }

  // An open loop so far beyond what the target can do that what was due before the window took all of it: the
  // throughput is true, and of response times only their least is known.
  bool backlog_only() {
    const auto& m = measurement_;
    if (!spec_.open_loop() || m.good_in_window == 0 || settled() > 0 || m.never_sent == 0) return false;
    raise(VerdictLevel::suspect,
          fmt::format(
              "overloaded: {}/s were due and {}/s answered, and what was due before the window took all of it; none "
              "of its {} requests was sent, so response times are not known; offer less, or let it last longer",
              format_count(static_cast<double>(m.scheduled) / in_seconds(m.window)), format_count(m.throughput_per_s),
              m.scheduled));
    return true;
  }

  [[nodiscard]] std::string most_frequent_error() const {
    const auto most = std::ranges::max_element(measurement_.errors, {}, &load::ErrorCount::count);
    if (most == measurement_.errors.end()) return {};
    const std::string first_line = most->first.substr(0, most->first.find("\\r\\n"));
    return fmt::format("; most often '{}'{}{}", most->kind, first_line.empty() ? "" : ": ", first_line);
  }

  // Almost only an acknowledgement that waits for company makes half of the responses pause just that long.
  void delayed_acknowledgement() {
    const auto& m = measurement_;
    if (m.service_time.count() < limits_.least_samples) return;
    const Nanos pause = m.service_time.quantile(0.5) - m.first_byte_time.quantile(0.5);
    if (pause < limits_.least_acknowledgement_pause || pause > limits_.most_acknowledgement_pause) return;
    raise(
        VerdictLevel::valid,
        fmt::format("half of the responses came in parts, the last {} after the first: the server writes an answer in "
                    "several parts without TCP_NODELAY, and the next waits for the acknowledgement of the one before",
                    format_duration(pause)));
  }

  void good_share() {
    const auto bad = settled() - measurement_.requests.good;
    if (bad == 0) return;
    const double share = static_cast<double>(measurement_.requests.good) / static_cast<double>(settled());
    raise(
        share < limits_.invalid_good_share ? VerdictLevel::invalid
        : share < limits_.least_good_share ? VerdictLevel::suspect
                                           : VerdictLevel::valid,
        fmt::format("{} of {} requests were not answered as expected ({:.3g} %)", bad, settled(), percent(1 - share)));
  }

  void connections() {
    for (const auto& error : measurement_.errors)
      if (error.kind == "unexpected_response")
        raise(
            VerdictLevel::suspect,
            fmt::format("{} connections were answered without being asked: answers may have met requests that they do "
                        "not belong to",
                        error.count));
    const auto& connections = measurement_.connections;
    if (connections.established < connections.requested)
      raise(2 * connections.established < connections.requested ? VerdictLevel::invalid : VerdictLevel::suspect,
            fmt::format("only {} of {} connections were established", connections.established, connections.requested));
    if (connections.served < connections.established)
      raise(VerdictLevel::suspect, fmt::format("{} of {} connections were never answered in the window",
                                               connections.established - connections.served, connections.established));
    if (connections.fairness < limits_.least_fairness && connections.median_answers >= 10)
      raise(VerdictLevel::suspect,
            fmt::format(
                "connections were served unevenly: {} to {} answers each, half of them at most {} (fairness {:.2f})",
                connections.least_answers, connections.most_answers, connections.median_answers, connections.fairness));
  }

  void generator() {
    double busiest = 0, longest_wait = 0;
    for (const auto& thread : measurement_.thread_use) {
      busiest = std::max(busiest, in_seconds(thread.busy()) / in_seconds(measurement_.window));
      longest_wait = std::max(longest_wait, in_seconds(thread.waited) / in_seconds(measurement_.window));
    }
    if (busiest > limits_.generator_busy_share && !keeps_up())
      raise(VerdictLevel::suspect,
            fmt::format("{} busy {:.0f} % of the time: the target may be faster than this; give the load more threads "
                        "and processors",
                        measurement_.threads == 1 ? "the load thread was" : "the busiest load thread was",
                        percent(busiest)));
    if (longest_wait > limits_.waited_share)
      raise(
          VerdictLevel::suspect,
          fmt::format("a load thread waited {:.1f} % of the window for a processor: other programs were running; stop "
                      "them or give the load processors of its own (--cpus)",
                      percent(longest_wait)));
  }

  void machine() {
    const double stolen =
        in_seconds(measurement_.host.steal) / (in_seconds(measurement_.window) * measurement_.threads);
    if (stolen > limits_.stolen_share)
      raise(VerdictLevel::suspect,
            fmt::format("the hypervisor took {:.1f} % of the load's processors away (steal)", percent(stolen)));
    const double throttled = in_seconds(measurement_.host.throttled) / in_seconds(measurement_.window);
    if (throttled > limits_.stolen_share)
      raise(VerdictLevel::suspect,
            fmt::format("the control group's processor limit stopped us for {:.1f} % of the window "
                        "(throttling); raise the limit",
                        percent(throttled)));
  }

  void offered() {
    const auto& m = measurement_;
    if (!few_unsent()) {
      const double rate = static_cast<double>(m.scheduled) / in_seconds(m.window);
      const auto fit = static_cast<std::int64_t>(spec_.connections) * spec_.pipeline_depth;
      raise(
          VerdictLevel::suspect,
          fmt::format("{} of {} scheduled requests were never sent: limited by connections; needs at least {:.0f} in "
                      "flight, {} fit",
                      m.never_sent + m.dropped, m.scheduled, std::ceil(rate * in_seconds(m.service_time.mean())), fit));
      return;  // the lag follows from it
    }
    const Nanos lag = m.send_lag.quantile(0.99);
    const Nanos response = m.response_time.quantile(0.99);
    if (lag > limits_.harmless_lag && in_seconds(lag) > limits_.lag_share * in_seconds(response) &&
        m.send_lag.count() >= 1000)
      raise(VerdictLevel::suspect, who_was_late(lag, response));
  }

  [[nodiscard]] std::string who_was_late(Nanos lag, Nanos response) const {
    const auto& m = measurement_;
    const std::string late = fmt::format("requests left late: send lag p99 is {}, response time p99 {}; ",
                                         format_duration(lag), format_duration(response));
    if (const Nanos punctual = punctual_lag(); punctual > limits_.harmless_lag)
      return late +
             fmt::format("{} also where a connection had room: a busy generator or machine", format_duration(punctual));
    const auto fit = static_cast<double>(spec_.connections) * spec_.pipeline_depth;
    const double rate = static_cast<double>(m.scheduled) / in_seconds(m.window);
    return late + fmt::format(
                      "{:.3g} % waited for a connection with room, up to {}: limited by connections; {:.0f} in "
                      "flight would have held them, {:.0f} fit",
                      percent(static_cast<double>(m.held_up.count()) / static_cast<double>(m.send_lag.count())),
                      format_duration(m.held_up.max()), std::ceil(fit + rate * in_seconds(m.held_up.max())), fit);
  }

  // Under an open loop short sleeps may take a whole processor, and yet leave time to spare.
  [[nodiscard]] bool keeps_up() const {
    const auto& m = measurement_;
    return spec_.open_loop() && few_unsent() && punctual_lag() <= limits_.harmless_lag &&
           static_cast<double>(m.held_up.count()) <= limits_.few_held_up * static_cast<double>(m.send_lag.count());
  }

  [[nodiscard]] bool few_unsent() const {
    const auto unsent = measurement_.never_sent + measurement_.dropped;
    return static_cast<double>(unsent) <= limits_.offered_tolerance * static_cast<double>(measurement_.scheduled);
  }

  // At p99.
  [[nodiscard]] Nanos punctual_lag() const {
    return measurement_.send_lag.without(measurement_.held_up).quantile(0.99);
  }

  // Where connections come and go, the time to connect belongs to no request, and the law says nothing about it.
  void littles_law() {
    const auto& m = measurement_;
    if (m.requests.answered != settled() || m.requests.good != m.requests.answered || m.connections.reconnects > 0)
      return;
    const double in_flight = static_cast<double>(m.connections.established) * spec_.pipeline_depth;
    const double by_the_law = m.throughput_per_s * in_seconds(m.service_time.mean());
    if (std::abs(by_the_law / in_flight - 1) > limits_.little_tolerance)
      raise(VerdictLevel::suspect,
            fmt::format(
                "throughput × mean service time is {:.1f}, but {:.0f} requests were kept in flight (Little's law)",
                by_the_law, in_flight));
  }

  void steady() {
    if (spec_.open_loop()) return;  // the schedule decides
    std::vector<double> good;
    for (const auto& second : measurement_.series)
      if (std::chrono::seconds(second.second + 1) <= measurement_.window)
        good.push_back(static_cast<double>(second.good));
    if (trend_probability(good) > 0.01) return;
    const auto third = good.size() / 3;
    const double first = std::accumulate(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(third), 0.0);
    const double last = std::accumulate(good.end() - static_cast<std::ptrdiff_t>(third), good.end(), 0.0);
    if (first > 0 && std::abs(last / first - 1) > limits_.drift)
      raise(VerdictLevel::suspect,
            fmt::format("not steady: throughput went from {}/s to {}/s; warm up longer (--warm-up)",
                        format_count(first / static_cast<double>(third)),
                        format_count(last / static_cast<double>(third))));
  }

  void samples() {
    if (measurement_.requests.answered < limits_.least_samples)
      raise(VerdictLevel::suspect,
            fmt::format("only {} responses: too few for percentiles", measurement_.requests.answered));
  }

  const load::Measurement& measurement_;
  const load::LoadSpec& spec_;
  const ValidityLimits& limits_;
  load::Verdict verdict_;
};

}  // namespace

double trend_probability(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  if (values.size() < 8) return 1;
  double score = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t j = i + 1; j < values.size(); ++j)
      score += values[j] > values[i] ? 1 : values[j] < values[i] ? -1 : 0;
  std::map<double, double> ties;
  for (const double value : values) ++ties[value];
  double variance = n * (n - 1) * (2 * n + 5);
  for (const double tied : ties | std::views::values) variance -= tied * (tied - 1) * (2 * tied + 5);
  variance /= 18;
  if (variance <= 0 || score == 0) return 1;
  const double z = (std::abs(score) - 1) / std::sqrt(variance);
  return std::erfc(z / std::numbers::sqrt2);
}

load::Verdict judge(const load::Measurement& measurement, const load::LoadSpec& spec, const ValidityLimits& limits) {
  return Judgement(measurement, spec, limits).verdict();
}

bool over_loopback(const Address& target) noexcept {
  const auto of_ipv4 = [](std::uint32_t address) { return address == INADDR_ANY || address >> 24 == IN_LOOPBACKNET; };
  if (target.family() == AF_INET)
    return of_ipv4(ntohl(reinterpret_cast<const sockaddr_in*>(target.get())->sin_addr.s_addr));
  if (target.family() != AF_INET6) return false;
  const auto& address = reinterpret_cast<const sockaddr_in6*>(target.get())->sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&address)) return of_ipv4(ntohl(address.s6_addr32[3]));
  return IN6_IS_ADDR_LOOPBACK(&address) || IN6_IS_ADDR_UNSPECIFIED(&address);
}

std::string pacing_remark(std::string_view congestion_control, const load::Measurement& measurement) {
  if (!paces(congestion_control)) return {};
  std::uint64_t responses = 0;  // that came in the window, as its bytes did
  for (const auto& second : measurement.series) responses += second.good + second.bad;
  if (responses == 0) return {};
  const double response = static_cast<double>(measurement.bytes_received) / static_cast<double>(responses);
  if (response < kPacedResponse) return {};
  return fmt::format(
      "responses of {} on average came over the loopback under {}, which spreads them over time by timers: that may "
      "decide these figures rather than the target; compare after 'sysctl net.ipv4.tcp_congestion_control=cubic', with "
      "the target started anew",
      format_bytes(response), congestion_control);
}

}  // namespace hotlap::loadgen
