#include "loadgen/live_view.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string_view>

namespace hotlap::loadgen {
namespace {

constexpr std::size_t kMostBars = 400;
constexpr int kUsualWidth = 80;
constexpr int kLeastWidth = 20;

bool begins_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;  // UTF-8
}

std::string cut(std::string text, std::size_t columns) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (begins_character(text[i]) && ++seen > columns) {
      text.resize(i);
      break;
    }
  return text;
}

std::string clock_text(const LiveFrame& frame) {
  if (frame.elapsed < Nanos::zero()) return fmt::format("warm-up, {:.1f} s left", -in_seconds(frame.elapsed));
  const Nanos left = std::max(frame.window - frame.elapsed, Nanos::zero());
  return fmt::format("{:.1f} s of {:.1f} s, {:.1f} s left", in_seconds(frame.elapsed), in_seconds(frame.window),
                     in_seconds(left));
}

int width_of(std::FILE* terminal) {
  winsize size{};
  if (::ioctl(::fileno(terminal), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualWidth;
  return std::max<int>(size.ws_col, kLeastWidth);
}

bool can_rewrite(std::FILE* out) {
  const char* kind = std::getenv("TERM");
  return ::isatty(::fileno(out)) == 1 && !(kind && std::string_view(kind) == "dumb");
}

}  // namespace

std::string sparkline(const std::vector<double>& values, std::size_t width) {
  static constexpr std::array<std::string_view, 8> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const std::size_t shown = std::min(values.size(), width);
  const auto first = values.end() - static_cast<std::ptrdiff_t>(shown);
  const double highest = shown == 0 ? 0 : *std::max_element(first, values.end());
  std::string text;
  for (auto value = first; value != values.end(); ++value) {
    const double share = highest > 0 ? *value / highest : 0;
    text += kBars[static_cast<std::size_t>(std::clamp(std::ceil(share * 8) - 1, 0.0, 7.0))];
  }
  return text;
}

std::string live_panel(const LiveFrame& frame, int width) {
  const auto columns = static_cast<std::size_t>(std::max(width, 0));
  const std::string lines[] = {
      fmt::format("{} · {}", clock_text(frame), printable(frame.url, 500)),
      fmt::format("  {}/s good · {}/s bad · {} in flight · {} of {} connections", format_count(frame.good_per_s),
                  format_count(frame.bad_per_s), frame.in_flight, frame.open_connections, frame.connections),
      "  " + sparkline(frame.throughput, columns > 2 ? columns - 2 : 0)};
  std::string panel;
  for (const auto& line : lines) panel += cut(line, columns) + "\n";
  return panel;
}

std::string live_line(const LiveFrame& frame) {
  return fmt::format("{}: {}/s good, {}/s bad, {} in flight, {} of {} connections\n", clock_text(frame),
                     format_count(frame.good_per_s), format_count(frame.bad_per_s), frame.in_flight,
                     frame.open_connections, frame.connections);
}

LiveRates::LiveRates(const load::LoadSpec& spec) {
  frame_.url = spec.url.text();
  frame_.window = spec.duration;
  frame_.connections = static_cast<std::uint64_t>(spec.connections);
}

LiveFrame LiveRates::frame(const RunningTotals& totals) {
  const auto bad = [](const RunningTotals& of) { return of.answered - std::min(of.good, of.answered) + of.lost; };
  const auto per_s = [&](std::uint64_t now, std::uint64_t then, Nanos time) {
    return now > then ? static_cast<double>(now - then) / in_seconds(time) : 0.0;
  };
  frame_.elapsed = totals.elapsed;
  frame_.in_flight = totals.in_flight;
  frame_.open_connections = totals.open_connections;
  if (!last_second_.empty() && totals.as_of <= last_second_.back().as_of) return frame_;  // nothing new was told
  if (!last_second_.empty()) {
    const auto& before = last_second_.back();
    frame_.throughput.push_back(per_s(totals.good, before.good, totals.as_of - before.as_of));
    if (frame_.throughput.size() > kMostBars) frame_.throughput.erase(frame_.throughput.begin());
  }
  while (last_second_.size() > 1 && totals.as_of - last_second_[1].as_of >= std::chrono::seconds(1))
    last_second_.pop_front();
  if (!last_second_.empty()) {
    const auto& then = last_second_.front();
    frame_.good_per_s = per_s(totals.good, then.good, totals.as_of - then.as_of);
    frame_.bad_per_s = per_s(bad(totals), bad(then), totals.as_of - then.as_of);
  }
  last_second_.push_back(totals);
  return frame_;
}

LiveView::LiveView(std::FILE* out, const load::LoadSpec& spec) : out_(out), terminal_(can_rewrite(out)), rates_(spec) {}

void LiveView::show(const RunningTotals& totals) {
  const LiveFrame frame = rates_.frame(totals);
  if (!terminal_) {
    const auto second = std::chrono::floor<std::chrono::seconds>(totals.elapsed);
    if (last_second_ && second > *last_second_) write(live_line(frame));
    last_second_ = second;
    return;
  }
  const std::string panel = live_panel(frame, width_of(out_) - 1);  // a full line would wrap on some terminals
  std::string text = lines_ > 0 ? fmt::format("\x1b[{}F", lines_) : std::string();  // up to the panel's first line
  for (const char c : panel) {
    if (c == '\n') text += "\x1b[K";  // to the end of the line: what stood there was longer
    text += c;
  }
  lines_ = static_cast<std::size_t>(std::ranges::count(panel, '\n'));
  write(text);
}

void LiveView::clear() {
  if (lines_ > 0) write(fmt::format("\x1b[{}F\x1b[J", lines_));
  lines_ = 0;
}

void LiveView::write(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), out_);
  std::fflush(out_);
}

}  // namespace hotlap::loadgen
