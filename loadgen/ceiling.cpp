#include "loadgen/ceiling.h"

#include <algorithm>
#include <string>

#include "base/socket.h"
#include "loadgen/null_responder.h"
#include "loadgen/run.h"
#include "loadgen/validity.h"

namespace hotlap::loadgen {
namespace {

CpuSet without(const CpuSet& all, const CpuSet& taken) {
  std::string left;
  for (const int cpu : all.cpus())
    if (!taken.contains(cpu)) left += (left.empty() ? "" : ",") + std::to_string(cpu);
  return left.empty() ? CpuSet() : CpuSet::parse(left).value_or(CpuSet());
}

load::LoadSpec against(const load::LoadSpec& spec, std::uint16_t port) {
  return {.url = {.host = "127.0.0.1", .port = port, .target = spec.url.target},
          .headers = spec.headers,
          .threads = spec.threads,
          .connections = spec.connections,
          .pipeline_depth = spec.pipeline_depth,
          .duration = std::min<Nanos>(spec.duration, std::chrono::seconds(2)),
          .warm_up = std::chrono::milliseconds(200),
          .timeout = spec.timeout,
          .cpus = spec.cpus,
          .transport = spec.transport,
          .spin = spec.spin};
}

}  // namespace

Result<Ceiling> measure_ceiling(const load::LoadSpec& spec, double response_bytes,
                                const std::function<bool()>& stop_requested) {
  if (spec.url.tls) return fail("the null responder speaks no TLS");
  if (auto enough = ensure_file_limit(2 * static_cast<std::uint64_t>(spec.connections)); !enough)  // both ends are ours
    return std::unexpected(enough.error());
  const auto available = CpuSet::available();
  const auto cpus = without(available, spec.cpus);
  const int lanes =
      spec.cpus.empty() || cpus.empty() ? spec.threads : std::min(spec.threads, static_cast<int>(cpus.size()));
  const auto responder = NullResponder::start(
      {.threads = lanes, .cpus = cpus, .response_bytes = static_cast<std::size_t>(std::max(0.0, response_bytes))});
  if (!responder) return std::unexpected(responder.error());
  const auto measured = run_load(against(spec, (*responder)->port()), {}, stop_requested);
  if (!measured) return std::unexpected(measured.error());
  if (measured->good_in_window == 0) return fail("the null responder was not reached", ExitCode::invalid_run);
  double busiest = 0;
  for (const auto& use : measured->thread_use)
    busiest =
        std::max(busiest, static_cast<double>(use.busy().count()) / static_cast<double>(measured->window.count()));
  return Ceiling{.throughput_per_s = measured->throughput_per_s,
                 .generator_was_limit = busiest > ValidityLimits{}.generator_busy_share,
                 .shared_cpus = static_cast<int>(available.size()) < spec.threads + 1 || cpus.empty()};
}

}  // namespace hotlap::loadgen
