// Everything that a trial loads, running: services, then the target, then the front, each ready before the next starts.
// One owner; the destructor stops all of it, in the opposite order.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "harness/monitor.h"
#include "harness/plan.h"
#include "harness/programs.h"
#include "harness/service.h"
#include "harness/stop_flag.h"
#include "harness/target_process.h"

namespace hotlap::harness {

// What was made for a case before its first trial.
struct CaseGround {
  std::string source;     // the checkout of target.git, built; empty: none
  std::string templates;  // a folder of the session for services; empty: none
};

class Rig {
 public:
  struct Setup {
    const PlannedCase& planned;
    const std::string& scenario_file;
    const CaseGround& ground;
    const Programs& programs;
  };
  // Error: what did not get ready, and why. `start` says what is known of the target then.
  [[nodiscard]] static Result<Rig> start(const Setup& setup, const StopFlag& stop, TargetProcess::Start& start);

  [[nodiscard]] TargetProcess& target() noexcept { return *target_; }
  [[nodiscard]] const std::vector<Service>& services() const noexcept { return services_; }
  // How services and the front were started.
  [[nodiscard]] std::vector<results::ServiceRun> service_runs() const;
  // Where the load goes: the front, if there is one.
  [[nodiscard]] Endpoint endpoint() const;
  // What answers at the endpoint is a target that we started: no front, and none that ran already.
  [[nodiscard]] bool may_stop_what_answers() const noexcept { return !front_ && target_->is_started(); }

  // Each by its name, with its processes as they are now; the target first.
  [[nodiscard]] std::vector<MonitoredSide> sides() const;
  // To wait for: what they print, and the processes that must not end.
  [[nodiscard]] std::vector<int> outputs() const;
  [[nodiscard]] std::vector<pid_t> leaders() const;
  void discard_output();
  // Who has ended by itself, as a sentence: "the target ended in mid-trial: killed by signal 11 …".
  [[nodiscard]] std::optional<std::string> ended_early();
  [[nodiscard]] bool target_ended() { return target_->poll_exit().has_value(); }
  // The target's, and the last words of the others.
  [[nodiscard]] std::string log_tail();
  // What of it listens to other hosts, as a sentence with its remedy; empty: nothing does.
  [[nodiscard]] std::string exposure() const;

 private:
  Rig() = default;
  // The processes of all that we have started.
  [[nodiscard]] std::vector<pid_t> started() const;

  std::vector<Service> services_;
  std::optional<TargetProcess> target_;
  std::optional<Service> front_;
};

}  // namespace hotlap::harness
