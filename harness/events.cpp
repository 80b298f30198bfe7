#include "harness/events.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

namespace hotlap::harness {
namespace {

using Json = nlohmann::ordered_json;

Json parameters_json(const results::Parameters& parameters) {
  Json json = Json::object();
  for (const auto& [axis, value] : parameters) json[axis] = value;
  return json;
}

// One object with the members that every event has, and those of this one.
std::string line_of(std::string_view event, const Json& members) {
  Json json = {{"schema", kEventsSchema}, {"at_us", wall_clock_us()}, {"event", event}};
  json.update(members);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json percentile_json(const load::Percentile& percentile) {
  return percentile.kind == load::Percentile::Kind::known ? Json(percentile.value.count()) : Json(nullptr);
}

}  // namespace

Result<std::unique_ptr<EventStream>> EventStream::open(const std::string& path) {
  if (path == "-") return std::make_unique<EventStream>(stdout);
  std::FILE* file = std::fopen(path.c_str(), "we");
  if (!file) return fail_errno("write " + path, ExitCode::store_failed);
  auto stream = std::make_unique<EventStream>(file);
  stream->owns_ = true;
  return stream;
}

EventStream::~EventStream() {
  if (owns_) (void)std::fclose(out_);
}

void EventStream::write(const std::string& line) {
  if (broken_) return;
  broken_ = std::fwrite(line.data(), 1, line.size(), out_) != line.size() || std::fflush(out_) != 0;
}

void EventStream::session_begins(const Plan& plan, const results::SessionRecord& session) {
  Json cases = Json::array();
  for (const auto& one : plan.cases)
    cases.push_back({{"scenario", plan.scenarios[one.scenario].name},
                     {"label", one.label},
                     {"parameters", parameters_json(one.parameters)},
                     {"trials", one.trials}});
  std::size_t to_run = 0;
  for (const auto& trial : session.trials) to_run += trial.state == results::TrialState::planned ? 1 : 0;
  write(line_of("session_started", {{"session", session.id},
                                    {"uuid", session.uuid},
                                    {"kind", session.kind},
                                    {"seed", std::to_string(session.seed)},
                                    {"trials", session.trials.size()},
                                    {"trials_to_run", to_run},
                                    {"cases", std::move(cases)}}));
}

void EventStream::trial_begins(const Plan& plan, std::size_t index) {
  trial_ = index + 1;
  const auto& trial = plan.trials[index];
  write(line_of("trial_started", {{"trial", trial_},
                                  {"case", trial.case_index + 1},
                                  {"label", plan.cases[trial.case_index].label},
                                  {"repetition", trial.repetition + 1},
                                  {"arm", trial.arm},
                                  {"pair", trial.pair < 0 ? Json(nullptr) : Json(trial.pair + 1)}}));
}

void EventStream::phase_begins(TrialPhase phase) {
  write(line_of("trial_phase", {{"trial", trial_}, {"phase", to_text(phase)}}));
}

void EventStream::looked(const LiveLook& look) {
  write(line_of("trial_progress", {{"trial", trial_},
                                   {"elapsed_ns", look.elapsed.count()},
                                   {"good_per_s", look.good_per_s},
                                   {"bad_per_s", look.bad_per_s},
                                   {"service_time_p99_ns",
                                    look.service_time_p99 ? Json(look.service_time_p99->count()) : Json(nullptr)}}));
}

void EventStream::trial_ends(const Plan& plan, std::size_t index, const results::TrialRecord& trial) {
  Json members = {{"trial", index + 1},
                  {"case", plan.trials[index].case_index + 1},
                  {"state", results::to_text(trial.state)},
                  {"reason", trial.reason},
                  {"attempt", trial.attempt},
                  {"started_at_us", trial.started_at_us},
                  {"finished_at_us", trial.finished_at_us},
                  {"time_to_ready_ns", trial.time_to_ready_ns}};
  if (const auto& found = trial.measurement) {
    const auto response = [&](double q) {
      return percentile_json(load::percentile(found->response_time, found->response_time_at_least, q));
    };
    members["verdict"] = load::to_text(found->verdict.level);
    members["throughput_per_s"] = found->throughput_per_s;
    members["window_ns"] = found->window.count();
    members["good"] = found->requests.good;
    members["errors"] =
        found->requests.answered - found->requests.good + found->requests.failed + found->requests.timed_out;
    members["response_time_p50_ns"] = response(0.5);
    members["response_time_p99_ns"] = response(0.99);
  }
  write(line_of("trial_finished", members));
}

void EventStream::session_ends(const results::SessionRecord& session, ExitCode code) {
  std::size_t left = 0;
  for (const auto& trial : session.trials) left += trial.state == results::TrialState::planned ? 1 : 0;
  write(line_of("session_finished", {{"session", session.id},
                                     {"status", session.status},
                                     {"trials_left", left},
                                     {"exit_code", static_cast<int>(code)}}));
}

void EventStream::judged(std::string_view verdict, std::string_view sentence, ExitCode code) {
  write(line_of("verdict", {{"verdict", verdict}, {"sentence", sentence}, {"exit_code", static_cast<int>(code)}}));
}

}  // namespace hotlap::harness
