// What a person sees of a run while it lasts: on a terminal one panel, rewritten in place and taken away at the end;
// else one line a second. Goes to standard error, so that standard output holds the report alone. On the main thread.
#pragma once

#include <cstdio>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "loadgen/contract/load_spec.h"
#include "loadgen/run.h"

namespace hotlap::loadgen {

// One look at a run. Rates are per second, over the last second.
struct LiveFrame {
  std::string url;
  Nanos elapsed{};  // of the window; negative in the warm-up
  Nanos window{};
  double good_per_s = 0;
  double bad_per_s = 0;  // failed and timed out ones too
  std::uint64_t in_flight = 0;
  std::uint64_t open_connections = 0;
  std::uint64_t connections = 0;
  std::vector<double> throughput;  // good responses per second between two looks, oldest first
};

// Lines of at most `width` columns, each ended by a line break; no control character but that. Pure.
[[nodiscard]] std::string live_panel(const LiveFrame& frame, int width);
// The same on one line, without the past. Pure.
[[nodiscard]] std::string live_line(const LiveFrame& frame);
// The last `width` values as bars against the highest of them: "▁▄█". Pure.
[[nodiscard]] std::string sparkline(const std::vector<double>& values, std::size_t width);

// Makes frames of what a run tells: rates are differences over the last second.
class LiveRates {
 public:
  explicit LiveRates(const load::LoadSpec& spec);
  [[nodiscard]] LiveFrame frame(const RunningTotals& totals);

 private:
  LiveFrame frame_;
  std::deque<RunningTotals> last_second_;
};

class LiveView {
 public:
  LiveView(std::FILE* out, const load::LoadSpec& spec);
  ~LiveView() { clear(); }
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;

  void show(const RunningTotals& totals);
  // Takes the panel away.
  void clear();

 private:
  void write(const std::string& text);

  std::FILE* out_;
  bool terminal_;
  LiveRates rates_;
  std::size_t lines_ = 0;                            // of the panel that stands there
  std::optional<std::chrono::seconds> last_second_;  // in which a look was taken
};

}  // namespace hotlap::loadgen
