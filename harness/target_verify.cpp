#include "harness/target_verify.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "base/clock.h"
#include "harness/conformance/judge.h"
#include "harness/conformance/probes.h"
#include "harness/plan.h"
#include "harness/preparation.h"
#include "harness/rig.h"
#include "harness/scenario_yaml.h"

namespace hotlap::harness {
namespace {

constexpr Nanos kDrainTime = std::chrono::seconds(6);

struct Asking {
  std::vector<const Probe*> probes;
  const StopFlag& stop;
  const LineStyle& style;
  const std::function<void(std::string_view)>& say;
};

// SIGTERM comes while the second request of a connection is half there.
Judgement drain(const Subject& subject, TargetProcess& target) {
  auto conversation = Conversation::open(subject.peer, subject.patience);
  if (!conversation)
    return {.outcome = Outcome::close, .sentence = conversation.error().message, .meaning = "nobody listens any more"};
  const auto request = page_request(subject);
  const auto halves = cut_at(request, request.size() / 2);
  if (subject.page().keep_alive) (void)conversation->exchange({.pieces = {request}, .to_head = {false}});
  (void)conversation->exchange({.pieces = {halves.front()}, .to_head = {}});
  const Instant asked = monotonic_now();
  target.ask_to_stop();
  const auto reply = conversation->exchange({.pieces = {halves.back()}, .to_head = {false}});
  const auto exit = target.wait_for_exit(kDrainTime - (monotonic_now() - asked));
  return judge_drain(reply, exit ? exit->text() : "", monotonic_now() - asked, kDrainTime, subject.patience);
}

Result<void> ask(VerifiedServer& server, const Introduction& introduction, const Asking& asking, Rig* rig) {
  auto subject = meet(introduction);
  if (!subject) return std::unexpected(subject.error());
  asking.say(server_line(server, asking.style));
  for (const auto* probe : asking.probes) {
    if (asking.stop) return fail("interrupted", ExitCode::interrupted);
    Finding finding;
    if (probe->name == kDrainProbe && rig && rig->may_stop_what_answers() && subject->is_known()) {
      const Instant begun = monotonic_now();
      finding = {
          .probe = std::string(kDrainProbe), .weight = probe->weight, .judgement = drain(*subject, rig->target())};
      finding.took = monotonic_now() - begun;
    } else {
      finding = run_probe(*probe, *subject);
    }
    if (rig) rig->discard_output();
    asking.say(finding_lines(finding, server.strict, asking.style));
    server.findings.push_back(std::move(finding));
  }
  asking.say(summary_lines(server, asking.style));
  return {};
}

Result<VerifiedServer> verify_url(const VerifyRequest& request, const Asking& asking) {
  const auto url = load::Url::parse(request.what);
  if (!url) return fail(url.error().message, ExitCode::usage);
  if (!url->tls && request.trust != TlsTrust{})
    return fail("--cacert and --insecure say whom to trust over https://, and this is http://", ExitCode::usage);
  const auto peer = peer_of({.url = *url, .trust = request.trust});
  if (!peer) return fail(peer.error().message, ExitCode::target_not_ready);
  VerifiedServer server{.url = url->text(), .command = {}, .strict = request.strict, .patience = request.patience};
  auto asked = ask(
      server,
      {.peer = *peer, .authority = url->authority(), .target = url->target, .page = {}, .patience = request.patience},
      asking, nullptr);
  if (!asked) return std::unexpected(asked.error());
  return server;
}

Result<VerifiedServer> verify_case(const PlannedCase& planned, const std::string& scenario_file,
                                   const CaseGround& ground, const VerifyRequest& request, const Programs& programs,
                                   const Asking& asking) {
  TargetProcess::Start start;
  auto rig = Rig::start({.planned = planned, .scenario_file = scenario_file, .ground = ground, .programs = programs},
                        asking.stop, start);
  if (!rig) return std::unexpected(rig.error());
  auto& target = rig->target();
  auto load = planned.load;
  aim(load, rig->endpoint());
  const auto peer = peer_of(load);
  if (!peer) return std::unexpected(peer.error());
  const auto& url = load.url;
  VerifiedServer server{.url = url.text(),
                        .command = target.command(),
                        .strict = request.strict || !request.target.empty(),
                        .patience = request.patience};
  auto asked =
      ask(server,
          {.peer = *peer, .authority = url.authority(), .target = url.target, .page = {}, .patience = request.patience},
          asking, &*rig);
  if (!asked) return std::unexpected(asked.error());
  return server;
}

Result<Plan> plan_for(const VerifyRequest& request) {
  std::vector<Scenario> scenarios;
  if (request.target.empty()) {
    auto scenario = load_scenario(request.what);
    if (!scenario) return std::unexpected(scenario.error());
    scenarios.push_back(std::move(*scenario));
  } else {
    Scenario scenario;
    scenario.file = "hotlap target verify";
    scenario.name = "verify";
    scenario.target = request.target;
    scenario.load = {{.key = "path", .text = request.page, .place = {}}};
    scenarios.push_back(std::move(scenario));
  }
  auto plan = make_plan(std::move(scenarios),
                        {.filters = request.filters, .seed = {}, .trials = {}, .machine = CpuSet::available()});
  if (!plan && !request.target.empty()) return fail(plan.error().message, ExitCode::usage);
  return plan;
}

}  // namespace

Result<std::vector<VerifiedServer>> verify_servers(const VerifyRequest& request, const Programs& programs,
                                                   const StopFlag& stop, const LineStyle& style,
                                                   const std::function<void(std::string_view)>& say) {
  auto chosen = choose_probes(request.probes);
  if (!chosen) return std::unexpected(chosen.error());
  const Asking asking{.probes = std::move(*chosen), .stop = stop, .style = style, .say = say};
  std::vector<VerifiedServer> servers;
  const bool is_url = request.what.starts_with("http://") || request.what.starts_with("https://");
  if (!is_url && request.trust != TlsTrust{})
    return fail("--cacert and --insecure go with an https:// URL; a scenario says it under target", ExitCode::usage);
  if (is_url) {
    auto server = verify_url(request, asking);
    if (!server) return std::unexpected(server.error());
    servers.push_back(std::move(*server));
    return servers;
  }
  const auto plan = plan_for(request);
  if (!plan) return std::unexpected(plan.error());
  Machine machine;
  const auto prepared = Preparation::make(*plan, programs, machine, stop, {.strict_needs = true});
  if (!prepared) return std::unexpected(prepared.error());
  std::vector<const PlannedCase*> asked;
  for (std::size_t i = 0; i < plan->cases.size(); ++i) {
    const auto& planned = plan->cases[i];
    const bool known = std::ranges::any_of(asked, [&](const PlannedCase* earlier) {
      return earlier->target == planned.target && earlier->load.url.target == planned.load.url.target;
    });
    if (known) continue;
    asked.push_back(&planned);
    if (!servers.empty()) say("\n");
    auto server =
        verify_case(planned, plan->scenarios[planned.scenario].file, prepared->ground(i), request, programs, asking);
    if (!server) return std::unexpected(server.error());
    servers.push_back(std::move(*server));
  }
  return servers;
}

}  // namespace hotlap::harness
