#include "loadgen/run.h"

#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <thread>

#include "loadgen/request_source.h"
#include "loadgen/validity.h"
#include "loadgen/worker.h"

namespace hotlap::loadgen {
namespace {

// A remainder goes to the first workers, one each: no connection is dropped.
int share(int connections, int workers, int worker) {
  return connections / workers + (worker < connections % workers ? 1 : 0);
}

CpuSet nth_cpu(const CpuSet& cpus, int n) {
  if (cpus.empty()) return {};
  const auto cpu = *std::next(cpus.cpus().begin(), n % static_cast<int>(cpus.size()));
  return *CpuSet::parse(std::to_string(cpu));
}

// Sleeps until `at`; false when asked to stop before. A signal wakes it at once.
bool sleep_until(Instant at, const std::function<bool()>& stop_requested) {
  while (true) {
    if (stop_requested()) return false;
    const Nanos left = std::min<Nanos>(at - monotonic_now(), std::chrono::milliseconds(200));
    if (left <= Nanos::zero()) return true;
    const timespec time{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
    ::ppoll(nullptr, 0, &time, nullptr);
  }
}

load::Measurement summarise(const Tally& tally, const load::LoadSpec& spec, Nanos window) {
  load::Measurement measurement;
  measurement.loop = spec.rate ? "open" : "closed";
  measurement.window = window;
  measurement.requests = tally.requests;
  measurement.total = tally.total;
  measurement.good_in_window = tally.good_in_window;
  measurement.throughput_per_s = static_cast<double>(tally.good_in_window) * 1e9 / static_cast<double>(window.count());
  measurement.bytes_received = tally.bytes_received;
  for (std::size_t code = 0; code < tally.status.size(); ++code)
    if (tally.status[code] > 0) measurement.status[static_cast<int>(code)] = tally.status[code];
  for (const auto& [kind, error] : tally.errors) measurement.errors.push_back(error);
  measurement.connections = {.requested = static_cast<std::uint64_t>(spec.connections),
                             .established = tally.established,
                             .served = tally.served,
                             .reconnects = tally.reconnects};
  measurement.service_time = tally.service_time;
  measurement.response_time = tally.response_time;
  measurement.send_lag = tally.send_lag;
  measurement.cpu_user = tally.cpu_user;
  measurement.cpu_system = tally.cpu_system;
  measurement.threads = spec.threads;
  measurement.series = tally.series;
  while (!measurement.series.empty() && std::chrono::seconds(measurement.series.back().second) >= window)
    measurement.series.pop_back();
  measurement.verdict = judge(measurement, spec, tally.never_sent);
  return measurement;
}

}  // namespace

Result<load::Measurement> run_load(const load::LoadSpec& spec, const RunEvents& events,
                                   const std::function<bool()>& stop_requested) {
  if (auto valid = load::validate(spec); !valid) return std::unexpected(valid.error());
  const auto address = resolve(spec.url.host, spec.url.port);
  if (!address) return fail(address.error().message, ExitCode::target_not_ready);
  if (auto enough = ensure_file_limit(static_cast<std::uint64_t>(spec.connections)); !enough)
    return std::unexpected(enough.error());

  const RequestSource request(spec);
  RunControl control(spec.threads);
  std::vector<std::unique_ptr<Worker>> workers;
  workers.reserve(static_cast<std::size_t>(spec.threads));
  for (int index = 0; index < spec.threads; ++index)
    workers.push_back(
        std::make_unique<Worker>(spec, request, *address,
                                 Worker::Place{.index = index,
                                               .workers = spec.threads,
                                               .connections = share(spec.connections, spec.threads, index),
                                               .cpu = nth_cpu(spec.cpus, index)},
                                 control));
  std::vector<std::jthread> threads;
  threads.reserve(workers.size());
  for (auto& worker : workers) threads.emplace_back([&worker] { worker->run(); });

  control.connected.wait();
  std::uint64_t established = 0;
  for (const auto& worker : workers) established += worker->established();
  control.abandoned = established == 0;

  const Instant start = monotonic_now();
  const Instant window_start = start + spec.warm_up;
  control.window_start_ns = window_start.ns;
  control.window_end_ns = (window_start + spec.duration).ns;
  control.go.count_down();
  if (!control.abandoned) {
    if (sleep_until(window_start, stop_requested)) {
      events.window_started();
      (void)sleep_until(window_start + spec.duration, stop_requested);
    }
    if (const Instant now = monotonic_now(); now.ns < control.window_end_ns) {
      control.interrupted = true;
      if (now < window_start) control.window_start_ns = now.ns;
      control.window_end_ns = now.ns + 1;
    }
    events.window_ended();
  }
  threads.clear();  // joins

  Tally tally;
  for (const auto& worker : workers) tally.merge(worker->tally());
  if (control.abandoned) {
    const auto& errors = tally.errors;
    return fail(fmt::format("nothing accepts connections at {}: {}; start the server first, or check host and port",
                            address->text(), errors.empty() ? "no answer" : errors.begin()->second.first),
                ExitCode::target_not_ready);
  }
  return summarise(tally, spec, Instant{control.window_end_ns} - Instant{control.window_start_ns});
}

}  // namespace hotlap::loadgen
