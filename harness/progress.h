// What a person sees while trials run: on a terminal one line rewritten in place, else one line for every finished
// trial. Goes to standard error, so that standard output holds the report alone.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "harness/plan.h"
#include "harness/session_watcher.h"
#include "results/record.h"

namespace hotlap::harness {

// "trial 7 of 54 · engine=epoll page=/good · 123 k/s, p99 1.20 ms · 1:12 left", cut to `width` columns; `doing` may be
// empty. Pure.
[[nodiscard]] std::string progress_line(std::size_t number, std::size_t count, const std::string& label,
                                        const std::string& doing, Nanos left, int width);
// "123 k/s, p99 1.20 ms", "warming up, 123 k/s", with what went wrong when something did. Pure.
[[nodiscard]] std::string look_text(const LiveLook& look);
// "trial 7 of 54 · engine=epoll page=/good · 123 k/s", or with its state and reason when it did not go well. Pure.
[[nodiscard]] std::string finished_line(std::size_t number, std::size_t count, const std::string& label,
                                        const results::TrialRecord& trial);
// What trials from `next` on will take, judging the time around windows by the trials behind us. Pure.
[[nodiscard]] Nanos time_left(const Plan& plan, std::size_t next, Nanos elapsed);

class Progress final : public SessionWatcher {
 public:
  struct Options {
    bool terminal = false;
    bool quiet = false;
    int width = 100;
  };
  Progress(std::FILE* out, Options options) : out_(out), options_(options), started_(monotonic_now()) {}

  void preparing(std::string_view what) override;
  void trial_begins(const Plan& plan, std::size_t index) override;
  void phase_begins(TrialPhase phase) override;
  void looked(const LiveLook& look) override;
  void trial_ends(const Plan& plan, std::size_t index, const results::TrialRecord& trial) override;
  void session_ends(const results::SessionRecord& session, ExitCode code) override;

 private:
  // Takes the rewritten line away.
  void clear();
  void draw(const std::string& doing);

  std::FILE* out_;
  Options options_;
  Instant started_;
  // Of the running trial.
  std::size_t number_ = 0;
  std::size_t count_ = 0;
  std::string label_;
  Instant ends_{};  // of the whole session, as far as can be told
};

}  // namespace hotlap::harness
