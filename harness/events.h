// A session as JSON lines, for programs: one object a line, schema hotlap.events/1 (docs/events.md). Written as things
// happen and flushed each time. When the stream cannot take a line, the rest is dropped: the session matters more.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "harness/session_watcher.h"

namespace hotlap::harness {

inline constexpr std::string_view kEventsSchema = "hotlap.events/1";

class EventStream final : public SessionWatcher {
 public:
  // A file that is written anew, or "-" for standard output. Error: store_failed.
  [[nodiscard]] static Result<std::unique_ptr<EventStream>> open(const std::string& path);
  // Writes to `out`, which outlives it.
  explicit EventStream(std::FILE* out) : out_(out) {}
  ~EventStream() override;

  void session_begins(const Plan& plan, const results::SessionRecord& session) override;
  void trial_begins(const Plan& plan, std::size_t index) override;
  void phase_begins(TrialPhase phase) override;
  void looked(const LiveLook& look) override;
  void trial_ends(const Plan& plan, std::size_t index, const results::TrialRecord& trial) override;
  void session_ends(const results::SessionRecord& session, ExitCode code) override;
  void judged(std::string_view verdict, std::string_view sentence, ExitCode code) override;

 private:
  void write(const std::string& line);

  std::FILE* out_;
  bool owns_ = false;
  bool broken_ = false;
  std::size_t trial_ = 0;  // the running one, from 1
};

}  // namespace hotlap::harness
