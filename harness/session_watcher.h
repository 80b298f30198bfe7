// What a session tells while it runs, for whoever shows or records it. Called on the session's own thread, between two
// waits; a watcher never ends a session.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "harness/plan.h"
#include "results/record.h"

namespace hotlap::harness {

enum class TrialPhase : std::uint8_t { starting, verifying, loading, measuring, ending };

[[nodiscard]] constexpr std::string_view to_text(TrialPhase phase) noexcept {
  switch (phase) {
    case TrialPhase::starting:
      return "starting";
    case TrialPhase::verifying:
      return "verifying";
    case TrialPhase::loading:
      return "loading";
    case TrialPhase::measuring:
      return "measuring";
    case TrialPhase::ending:
      return "ending";
  }
  return "unknown";
}

// What the load has reached, about once a second; rates since the last such look.
struct LiveLook {
  Nanos elapsed{};  // of the window; negative in the warm-up
  double good_per_s = 0;
  double bad_per_s = 0;
  std::optional<Nanos> service_time_p99;  // of the last whole second, of the slowest load thread
};

class SessionWatcher {
 public:
  SessionWatcher() = default;
  SessionWatcher(const SessionWatcher&) = delete;
  SessionWatcher& operator=(const SessionWatcher&) = delete;
  virtual ~SessionWatcher() = default;

  // What takes long before a session can begin.
  virtual void preparing(std::string_view /*what*/) {}
  virtual void session_begins(const Plan& /*plan*/, const results::SessionRecord& /*session*/) {}
  virtual void trial_begins(const Plan& /*plan*/, std::size_t /*index*/) {}
  virtual void phase_begins(TrialPhase /*phase*/) {}
  virtual void looked(const LiveLook& /*look*/) {}
  // Also of trials that are passed over, which never begin.
  virtual void trial_ends(const Plan& /*plan*/, std::size_t /*index*/, const results::TrialRecord& /*trial*/) {}
  virtual void session_ends(const results::SessionRecord& /*session*/, ExitCode /*code*/) {}
  // After the end of a check that was not interrupted.
  virtual void judged(std::string_view /*verdict*/, std::string_view /*sentence*/, ExitCode /*code*/) {}
};

// Tells several; they outlive it.
class Watchers final : public SessionWatcher {
 public:
  void add(SessionWatcher& watcher) { all_.push_back(&watcher); }

  void preparing(std::string_view what) override {
    for (auto* one : all_) one->preparing(what);
  }
  void session_begins(const Plan& plan, const results::SessionRecord& session) override {
    for (auto* one : all_) one->session_begins(plan, session);
  }
  void trial_begins(const Plan& plan, std::size_t index) override {
    for (auto* one : all_) one->trial_begins(plan, index);
  }
  void phase_begins(TrialPhase phase) override {
    for (auto* one : all_) one->phase_begins(phase);
  }
  void looked(const LiveLook& look) override {
    for (auto* one : all_) one->looked(look);
  }
  void trial_ends(const Plan& plan, std::size_t index, const results::TrialRecord& trial) override {
    for (auto* one : all_) one->trial_ends(plan, index, trial);
  }
  void session_ends(const results::SessionRecord& session, ExitCode code) override {
    for (auto* one : all_) one->session_ends(session, code);
  }
  void judged(std::string_view verdict, std::string_view sentence, ExitCode code) override {
    for (auto* one : all_) one->judged(verdict, sentence, code);
  }

 private:
  std::vector<SessionWatcher*> all_;
};

}  // namespace hotlap::harness
