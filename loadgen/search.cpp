#include "loadgen/search.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace hotlap::loadgen {
namespace {

using Purpose = SearchStep::Purpose;

constexpr int kFreshWindows = 3;  // that confirm an end of the interval
constexpr int kMostVotes = 5;
constexpr int kKeptForConfirming = 12;  // windows that narrowing leaves
constexpr int kWideStrides = 4;         // an interval of more resolutions is wide
constexpr int kMostToCloseIn = 30;      // windows

class Search {
 public:
  Search(const SearchPlan& plan, const load::LoadSpec& spec, const Measure& measure,
         const std::function<void(const SearchStep&)>& on_step)
      : plan_(plan), spec_(spec), measure_(measure), on_step_(on_step) {}

  SearchResult run() && {
    if (grow() && narrow()) {
      if (met_) result_.low = settle(*met_, true);
      if (result_.low && missed_) result_.high = settle(*missed_, false);
      if (result_.low && result_.high) close_in(*result_.low, *result_.high);
      result_.reached_highest = result_.low && *result_.low >= plan_.highest;
    }
    return std::move(result_);
  }

 private:
  struct Votes {
    int met = 0;
    int missed = 0;
    [[nodiscard]] int all() const { return met + missed; }
    [[nodiscard]] bool decided() const { return std::abs(met - missed) >= 2 || all() >= kMostVotes; }
  };

  [[nodiscard]] bool whole() const { return plan_.variable == Variable::connections; }
  [[nodiscard]] int windows_left() const { return plan_.most_windows - static_cast<int>(result_.steps.size()); }

  // Nothing when the search is over: no windows are left, or one could not be measured.
  std::optional<bool> window(double value, Purpose purpose) {
    if (windows_left() <= 0) {
      result_.out_of_windows = true;
      return std::nullopt;
    }
    auto measurement = measure_(at_value(spec_, plan_.variable, value));
    if (!measurement) {
      result_.error = measurement.error();
      return std::nullopt;
    }
    auto judged = plan_.variable == Variable::connections ? meets_without_error(plan_.objective, *measurement)
                                                          : meets(plan_.objective, *measurement);
    const bool met = judged.met;
    result_.steps.push_back(
        {.value = value, .purpose = purpose, .judged = std::move(judged), .measurement = std::move(*measurement)});
    if (on_step_) on_step_(result_.steps.back());
    return met;
  }

  // Windows until one side leads by two, five at most: the majority then. Earlier windows at the value count.
  std::optional<bool> vote(double value, Purpose purpose) {
    auto& votes = votes_[value];
    while (!votes.decided()) {
      const auto met = window(value, purpose);
      if (!met) return std::nullopt;
      ++(*met ? votes.met : votes.missed);
    }
    return votes.met > votes.missed;
  }

  // Doubles until a value is missed. A first window that meets its objective is believed so far: if it was lucky, the
  // way down finds out.
  bool grow() {
    for (double value = plan_.start; !missed_; value = std::min(2 * value, plan_.highest)) {
      const auto first = window(value, Purpose::grow);
      if (!first) return false;
      ++(*first ? votes_[value].met : votes_[value].missed);
      if (!*first) {
        const auto met = vote(value, Purpose::grow);
        if (!met) return false;
        if (!*met) missed_ = value;
      }
      if (!missed_ && value >= plan_.highest) {
        met_ = value;
        return true;
      }
    }
    while (!met_ && *missed_ > plan_.lowest) {
      const double value = std::max(whole() ? std::floor(*missed_ / 2) : *missed_ / 2, plan_.lowest);
      const auto met = vote(value, Purpose::grow);
      if (!met) return false;
      (*met ? met_ : missed_) = value;
    }
    return true;
  }

  [[nodiscard]] bool same(double low, double high) const {
    return high <= low * (1 + plan_.resolution) * (1 + 1e-9) || (whole() && high - low <= 1);
  }

  [[nodiscard]] double between(double low, double high) const {
    const double middle = std::sqrt(low * high);
    return whole() ? std::clamp(std::round(middle), low + 1, high - 1) : middle;
  }

  // False when a window failed; running short of windows only makes the interval wider.
  bool narrow() {
    while (met_ && missed_ && !same(*met_, *missed_)) {
      if (windows_left() <= kKeptForConfirming) {
        result_.out_of_windows = true;
        return true;
      }
      const double value = between(*met_, *missed_);
      const auto met = vote(value, Purpose::narrow);
      if (!met) return !result_.error;
      (*met ? met_ : missed_) = value;
    }
    return true;
  }

  // Do fresh windows agree, all of them?
  std::optional<bool> confirm(double value, bool wanted) {
    for (int i = 0; i < kFreshWindows; ++i) {
      const auto met = window(value, wanted ? Purpose::confirm_met : Purpose::confirm_missed);
      if (!met) return std::nullopt;
      if (*met != wanted) return false;
    }
    return true;
  }

  [[nodiscard]] double away(double value, bool wanted, int strides) const {
    const double factor = std::pow(1 + plan_.resolution, strides);
    if (wanted) {
      const double lower = whole() ? std::min(std::floor(value / factor), value - strides) : value / factor;
      return std::max(lower, plan_.lowest);
    }
    const double higher = whole() ? std::max(std::ceil(value * factor), value + strides) : value * factor;
    return std::min(higher, plan_.highest);
  }

  // From `value` away from the edge in growing strides until all fresh windows agree, then half the last stride back
  // and again, until the two are the same. Downwards for `wanted` met, upwards for missed.
  std::optional<double> settle(double value, bool wanted) {
    std::optional<double> mixed;
    for (int strides = 1;; strides *= 2) {
      const auto agreed = confirm(value, wanted);
      if (!agreed) return std::nullopt;
      if (*agreed) break;
      if (value == (wanted ? plan_.lowest : plan_.highest)) return std::nullopt;
      mixed = value;
      value = away(value, wanted, strides);
    }
    while (mixed && !same(std::min(value, *mixed), std::max(value, *mixed))) {
      const double middle = between(std::min(value, *mixed), std::max(value, *mixed));
      const auto agreed = confirm(middle, wanted);
      if (!agreed) break;
      (*agreed ? value : mixed.emplace()) = middle;
    }
    return value;
  }

  [[nodiscard]] bool wide(double low, double high) const {
    return high > low * std::pow(1 + plan_.resolution, kWideStrides) && (!whole() || high - low > kWideStrides);
  }

  enum class Agreed : std::uint8_t { met, missed, mixed };

  // Do three fresh windows agree? A single one that does not is outvoted when three more then do. Nothing when the
  // search is over.
  std::optional<Agreed> agreement(double value) {
    Votes votes;
    for (int wanted = kFreshWindows; votes.all() < wanted;) {
      const auto met = window(value, Purpose::close_in);
      if (!met) return std::nullopt;
      ++(*met ? votes.met : votes.missed);
      const int few = std::min(votes.met, votes.missed);
      if (few > 1) return Agreed::mixed;
      wanted = few == 0 ? kFreshWindows : 2 * kFreshWindows;
    }
    return votes.met > votes.missed ? Agreed::met : Agreed::missed;
  }

  // A few unlucky windows can leave an interval much wider than the target makes it. Some of the windows that are left
  // go into it again: an end moves inwards to where fresh windows agree. Where they do not, the wider of the stretches
  // beside is next, for there the end may still move.
  void close_in(double& low, double& high) {
    bool mixed = false;  // is there a stretch, first to last, where fresh windows did not agree?
    double first = 0;
    double last = 0;
    for (const int keep = std::max(windows_left() - kMostToCloseIn, 0); windows_left() > keep;) {
      const bool lower = !mixed || first / low >= high / last;
      const double from = lower ? low : last;
      const double to = lower && mixed ? first : high;
      if (!wide(from, to)) return;
      const double value = between(from, to);
      const auto agreed = agreement(value);
      if (!agreed) return;
      if (*agreed == Agreed::mixed) {
        if (!lower || !mixed) last = value;
        if (lower) first = value;
        mixed = true;
        continue;
      }
      (*agreed == Agreed::met ? low : high) = value;
      if (lower == (*agreed == Agreed::missed)) mixed = false;  // what is mixed lies outside now
    }
    result_.out_of_windows = windows_left() == 0 && wide(low, high);
  }

  const SearchPlan& plan_;
  const load::LoadSpec& spec_;
  const Measure& measure_;
  const std::function<void(const SearchStep&)>& on_step_;
  SearchResult result_;
  std::map<double, Votes> votes_;
  std::optional<double> met_;     // highest value that votes call met
  std::optional<double> missed_;  // lowest value that votes call missed
};

}  // namespace

load::LoadSpec at_value(load::LoadSpec spec, Variable variable, double value) {
  if (variable == Variable::rate)
    spec.rate = load::RateProfile{.points = {Rate{value}}};
  else
    spec.connections = static_cast<int>(value);
  return spec;
}

std::string value_text(Variable variable, double value) {
  if (variable == Variable::rate) return fmt::format("{:.{}f}/s", value, value < 100 ? 2 : 0);
  return fmt::format("{:.0f} connection{}", value, value == 1 ? "" : "s");
}

std::string_view to_text(SearchStep::Purpose purpose) noexcept {
  switch (purpose) {
    case Purpose::grow:
      return "grow";
    case Purpose::narrow:
      return "narrow";
    case Purpose::confirm_met:
      return "confirm_met";
    case Purpose::confirm_missed:
      return "confirm_missed";
    case Purpose::close_in:
      return "close_in";
  }
  return "?";
}

SearchResult find_highest(const SearchPlan& plan, const load::LoadSpec& spec, const Measure& measure,
                          const std::function<void(const SearchStep&)>& on_step) {
  return Search(plan, spec, measure, on_step).run();
}

}  // namespace hotlap::loadgen
