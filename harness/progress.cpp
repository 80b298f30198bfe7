#include "harness/progress.h"

#include <fmt/core.h>

#include <algorithm>

namespace hotlap::harness {
namespace {

constexpr std::size_t kLongestLabel = 160;

// Cut so that a rewritten line never wraps. The text is ASCII but for the dots between its parts, counted as one
// column.
std::string cut(std::string text, int width) {
  int columns = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool continues = (static_cast<unsigned char>(text[i]) & 0xc0U) == 0x80U;
    if (!continues && ++columns > width) return text.substr(0, i);
  }
  return text;
}

// Never fails: a full disk under standard error must not end the session that is about to report it.
void write(std::FILE* out, const std::string& text) {
  (void)std::fputs(text.c_str(), out);
  (void)std::fflush(out);
}

}  // namespace

std::string progress_line(std::size_t number, std::size_t count, const std::string& label, const std::string& doing,
                          Nanos left, int width) {
  const auto seconds = std::max<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(left).count(), 0);
  const auto head = fmt::format("trial {} of {}", number, count);
  const auto tail = fmt::format("{}{} · {}:{:02} left", doing.empty() ? "" : " · ", doing, seconds / 60, seconds % 60);
  const int dots = doing.empty() ? 2 : 3;  // each takes two bytes and one column
  const int room = std::max(0, width - static_cast<int>(head.size() + tail.size()) - 4 + dots);
  return cut(head + " · " + cut(printable(label, kLongestLabel), room) + tail, width);
}

std::string look_text(const LiveLook& look) {
  auto text = fmt::format("{}{}/s", look.elapsed < Nanos::zero() ? "warming up, " : "", format_count(look.good_per_s));
  if (look.bad_per_s > 0) text += fmt::format(", {}/s bad", format_count(look.bad_per_s));
  if (look.service_time_p99) text += ", p99 " + format_duration(*look.service_time_p99);
  return text;
}

std::string finished_line(std::size_t number, std::size_t count, const std::string& label,
                          const results::TrialRecord& trial) {
  auto line = fmt::format("trial {} of {} · {} · ", number, count, printable(label, kLongestLabel));
  if (trial.state != results::TrialState::ok)
    return line + fmt::format("{}: {}", results::to_text(trial.state), trial.reason);
  return line + (trial.measurement ? format_count(trial.measurement->throughput_per_s) + "/s" : "ok");
}

Nanos time_left(const Plan& plan, std::size_t next, Nanos elapsed) {
  if (next == 0) return estimated_time(plan);
  const Nanos windows_behind = estimated_time(plan, 0, Nanos{0}) - estimated_time(plan, next, Nanos{0});
  const Nanos around = (elapsed - windows_behind) / static_cast<std::int64_t>(next);
  return estimated_time(plan, next, std::max(around, Nanos{0}));
}

void Progress::trial_begins(const Plan& plan, std::size_t index) {
  const Instant now = monotonic_now();
  number_ = index + 1;
  count_ = plan.trials.size();
  label_ = plan.cases[plan.trials[index].case_index].label;
  ends_ = now + time_left(plan, index, now - started_);
  draw({});
}

void Progress::phase_begins(TrialPhase phase) {
  draw(phase == TrialPhase::measuring ? std::string() : std::string(to_text(phase)));
}

void Progress::looked(const LiveLook& look) {
  draw(look_text(look));
}

void Progress::draw(const std::string& doing) {
  if (options_.quiet || !options_.terminal) return;
  write(out_, "\r\x1b[K" + progress_line(number_, count_, label_, doing, ends_ - monotonic_now(), options_.width - 1));
}

void Progress::trial_ends(const Plan& plan, std::size_t index, const results::TrialRecord& trial) {
  const bool noteworthy = trial.state == results::TrialState::failed || trial.state == results::TrialState::invalid;
  if (options_.quiet || (options_.terminal && !noteworthy)) return;
  clear();
  const auto& label = plan.cases[plan.trials[index].case_index].label;
  write(out_, finished_line(index + 1, plan.trials.size(), label, trial) + "\n");
}

void Progress::preparing(std::string_view what) {
  clear();
  if (!options_.quiet) write(out_, fmt::format("hotlap: {}\n", what));
}

void Progress::session_ends(const results::SessionRecord& /*session*/, ExitCode /*code*/) {
  clear();
}

void Progress::clear() {
  if (options_.quiet || !options_.terminal) return;
  write(out_, "\r\x1b[K");
}

}  // namespace hotlap::harness
