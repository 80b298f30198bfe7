#include "loadgen/run.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <thread>

#include "base/descriptor_table.h"
#include "base/host.h"
#include "base/host_noise.h"
#include "loadgen/request_source.h"
#include "loadgen/steady.h"
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

// Sleeps until `at`; false when asked to stop before. A signal wakes it at once. Calls `tick` every 200 ms.
bool sleep_until(Instant at, const std::function<bool()>& stop_requested, const std::function<void()>& tick) {
  while (true) {
    if (stop_requested()) return false;
    const Nanos left = std::min<Nanos>(at - monotonic_now(), std::chrono::milliseconds(200));
    if (left <= Nanos::zero()) return true;
    const timespec time{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
    if (::ppoll(nullptr, 0, &time, nullptr) == 0 && tick) tick();
  }
}

// Told before the start: else every connect would fail, and the server would seem to be down.
Result<void> check_source(const Address& source, const Address& target) {
  if (source.family() != target.family())
    return fail(
        fmt::format("source address {} cannot reach {}: one is IPv4, the other IPv6", source.text(), target.text()),
        ExitCode::usage);
  if (const auto bound = listen_tcp(source, {}); !bound)
    return fail(fmt::format("source address {} is not one of this machine's: {}", source.text(), bound.error().message),
                ExitCode::usage);
  return {};
}

std::string arrivals_text(const load::LoadSpec& spec) {
  if (!spec.open_loop()) return {};
  return spec.replay.empty() ? fmt::format("{} {}", spec.rate->text(), load::gaps_text(spec.gaps))
                             : std::string("replay");
}

load::Measurement summarise(const Tally& tally, const load::LoadSpec& spec, Nanos window,
                            const std::vector<RequestKind>& kinds) {
  load::Measurement measurement;
  measurement.loop = spec.open_loop() ? "open" : "closed";
  measurement.window = window;
  measurement.arrivals = arrivals_text(spec);
  std::vector<std::string> names;
  names.reserve(kinds.size());
  for (const auto& kind : kinds) names.push_back(kind.name);
  tally.write(measurement, names);
  measurement.throughput_per_s = static_cast<double>(tally.good_in_window) * 1e9 / static_cast<double>(window.count());
  measurement.connections.requested = static_cast<std::uint64_t>(spec.connections);
  measurement.threads = spec.threads;
  while (!measurement.series.empty() && std::chrono::seconds(measurement.series.back().second) >= window)
    measurement.series.pop_back();
  return measurement;
}

// One load thread: what it starts from, and what it leaves.
struct Lane {
  Worker::Place place;
  Address address;
  std::unique_ptr<RequestSource> source;
  CpuSet cpu;
  bool shares_descriptors = false;

  Result<void> ready;
  std::string transport_name;
  std::unique_ptr<Worker> worker;  // null: not ready
  std::string not_pinned;          // why
};

// The transport lives and ends on the thread, as its connections are in the thread's own table of descriptors.
void work(const load::LoadSpec& spec, const std::vector<Address>& sources, Lane& lane, RunControl& control) {
  if (!lane.shares_descriptors) own_descriptor_table();
  if (auto pinned = pin_this_thread(lane.cpu); !pinned) lane.not_pinned = pinned.error().message;
  ::prctl(PR_SET_TIMERSLACK, 1);  // waits end on the nanosecond asked for, not up to 50 us later
  const auto transport = make_transport(spec, static_cast<std::uint32_t>(lane.place.connections));
  if (transport) {
    lane.worker = std::make_unique<Worker>(spec, lane.place, lane.address, sources, **transport, *lane.source, control);
    lane.worker->connect_all();
  } else {
    lane.ready = std::unexpected(transport.error());
  }
  control.connected.count_down();
  control.go.wait();
  if (!transport) return;
  if (!control.abandoned) lane.worker->load();
  lane.transport_name = (*transport)->name();
}

// Each thread has its own, and the kernel may grant io_uring to one and refuse it to the next.
std::string transports_of(const std::vector<Lane>& lanes) {
  std::string names = lanes.front().transport_name;
  for (const auto& lane : lanes)
    if (!names.contains(lane.transport_name.substr(0, lane.transport_name.find(' '))))
      names += " and " + lane.transport_name;
  return names;
}

RunningTotals totals_of(const std::vector<Lane>& lanes, Instant window_start) {
  RunningTotals totals;
  std::int64_t ages_ns = 0;
  const Instant now = monotonic_now();
  for (const auto& lane : lanes) {
    const LiveCounts& live = lane.worker->live();
    if (const auto shown_at_ns = live.shown_at_ns.load(std::memory_order_relaxed); shown_at_ns > 0)
      ages_ns += now.ns - shown_at_ns;
    totals.answered += live.answered.load(std::memory_order_relaxed);
    totals.good += live.good.load(std::memory_order_relaxed);
    totals.lost += live.lost.load(std::memory_order_relaxed);
    totals.in_flight += live.in_flight.load(std::memory_order_relaxed);
    totals.service_time_p99 =
        std::max(totals.service_time_p99, Nanos(live.service_time_p99_ns.load(std::memory_order_relaxed)));
    totals.open_connections += live.open_connections.load(std::memory_order_relaxed);
  }
  totals.as_of = now + Nanos(-ages_ns / static_cast<std::int64_t>(lanes.size()));
  totals.elapsed = now - window_start;
  return totals;
}

constexpr std::uint64_t kOfAThread = 4;  // descriptors: what it waits on, its alarms, what keeps the kernel stamping
constexpr Nanos kSlice = std::chrono::milliseconds(100);
// The window begins so long after it was decided that it may, so that every worker learns of it in time.
constexpr Nanos kNotice = std::chrono::milliseconds(20);

// Lets the warm-up last until throughput is steady, at most as long as it was planned; then moves the window forward.
// False: it never was.
bool await_steady(const std::vector<Lane>& lanes, RunControl& control, Nanos duration,
                  const std::function<bool()>& stop_requested, const std::function<void()>& tick) {
  const Instant latest{control.window_start_ns};
  std::vector<double> slices;
  std::uint64_t good_before = 0;
  Instant at = monotonic_now();
  while (at + kSlice + kNotice < latest && sleep_until(at + kSlice, stop_requested, tick)) {
    const Instant now = monotonic_now();
    const auto good = totals_of(lanes, latest).good;
    slices.push_back(static_cast<double>(good - good_before) * 1e9 / static_cast<double>((now - at).count()));
    good_before = good;
    at = now;
    if (!is_steady(slices)) continue;
    const Instant start = now + kNotice;
    control.window_start_ns = start.ns;  // first: a window that ends before it begins would end the run
    control.window_end_ns = (start + duration).ns;
    return true;
  }
  return false;
}

}  // namespace

Result<load::Measurement> run_load(const load::LoadSpec& spec, const RunEvents& events,
                                   const std::function<bool()>& stop_requested, const RequestSupply& supply) {
  if (auto valid = load::validate(spec); !valid) return std::unexpected(valid.error());
  const auto address =
      spec.unix_socket.empty() ? resolve(spec.url.host, spec.url.port) : Address::unix_path(spec.unix_socket);
  if (!address) return fail(address.error().message, ExitCode::target_not_ready);
  std::vector<Address> sources;
  for (const auto& text : spec.source_addresses) {
    auto source = resolve(text, 0);
    if (!source) return fail("source address: " + source.error().message, ExitCode::usage);
    if (auto usable = check_source(*source, *address); !usable) return std::unexpected(usable.error());
    sources.push_back(*source);
  }
  if (auto enough = ensure_file_limit(static_cast<std::uint64_t>(spec.connections) +
                                      kOfAThread * static_cast<std::uint64_t>(spec.threads));
      !enough)
    return std::unexpected(enough.error());

  RunControl control(spec.threads);
  std::vector<Lane> lanes;
  lanes.reserve(static_cast<std::size_t>(spec.threads));
  for (int index = 0; index < spec.threads; ++index) {
    const int connections = share(spec.connections, spec.threads, index);
    auto source = supply.source ? Result<std::unique_ptr<RequestSource>>(supply.source(index))
                                : make_request_source(spec, index, spec.threads);
    if (!source) return std::unexpected(source.error());
    lanes.push_back({.place = {.index = index, .workers = spec.threads, .connections = connections},
                     .address = supply.address ? supply.address(index) : *address,
                     .source = std::move(*source),
                     .cpu = nth_cpu(spec.cpus, index),
                     // The files of a script may be opened on one thread and closed on another.
                     .shares_descriptors = supply.source != nullptr});
  }
  std::vector<std::jthread> threads;
  threads.reserve(lanes.size());
  for (auto& lane : lanes) threads.emplace_back([&] { work(spec, sources, lane, control); });

  control.connected.wait();
  const auto not_ready = std::ranges::find_if(lanes, [](const Lane& lane) { return !lane.ready; });
  std::uint64_t established = 0;
  if (not_ready == lanes.end())
    for (const auto& lane : lanes) established += lane.worker->established();
  control.abandoned = established == 0;

  const Instant start = monotonic_now();
  Instant window_start = start + spec.warm_up;
  control.window_start_ns = window_start.ns;
  control.window_end_ns = (window_start + spec.duration).ns;
  control.go.count_down();
  HostNoiseCounters noise;
  bool steady = true;
  if (!control.abandoned) {
    const std::function<void()> tick =
        events.tick ? [&] { events.tick(totals_of(lanes, window_start)); } : std::function<void()>();
    steady = !spec.until_steady || await_steady(lanes, control, spec.duration, stop_requested, tick);
    window_start = {control.window_start_ns};
    if (sleep_until(window_start, stop_requested, tick)) {
      noise = read_host_noise(spec.cpus);
      events.window_started();
      (void)sleep_until(window_start + spec.duration, stop_requested, tick);
    }
    if (const Instant now = monotonic_now(); now.ns < control.window_end_ns) {
      control.interrupted = true;
      if (now < window_start) control.window_start_ns = now.ns;
      control.window_end_ns = now.ns + 1;
    }
    const auto at_end = read_host_noise(spec.cpus);
    noise = {.steal = at_end.steal - noise.steal, .throttled = at_end.throttled - noise.throttled};
    events.window_ended();
  }
  threads.clear();  // joins
  if (not_ready != lanes.end()) return std::unexpected(not_ready->ready.error());

  Tally tally;
  std::vector<load::ThreadUse> use;
  for (auto& lane : lanes) {
    if (!lane.not_pinned.empty()) tally.error("pin", 1, std::nullopt, [&] { return lane.not_pinned; });
    tally.merge(lane.worker->tally());
    use.push_back(lane.worker->tally().use);
  }
  if (control.abandoned) {
    const auto& errors = tally.errors;
    if (const auto tls = errors.find("tls_failed"); tls != errors.end())
      return fail(tls->second.first, ExitCode::target_not_ready);
    if (spec.url.tls)
      return fail(fmt::format("no connection with TLS could be opened: {}",
                              errors.empty() ? "no answer" : errors.begin()->second.first),
                  ExitCode::target_not_ready);
    return fail(fmt::format("nothing accepts connections at {}: {}; start the server first, or check host and port",
                            address->text(), errors.empty() ? "no answer" : errors.begin()->second.first),
                ExitCode::target_not_ready);
  }
  auto measurement = summarise(tally, spec, Instant{control.window_end_ns} - Instant{control.window_start_ns},
                               lanes.front().source->kinds());
  measurement.transport = transports_of(lanes) + (spec.spin ? ", polling" : "");
  for (const auto& thread : use) {
    measurement.cpu_user += thread.cpu_user;
    measurement.cpu_system += thread.cpu_system;
  }
  measurement.thread_use = std::move(use);
  measurement.host = {.steal = noise.steal, .throttled = noise.throttled};
  measurement.warm_up = Instant{control.window_start_ns} - start;
  measurement.verdict = judge(measurement, spec);
  if (std::ranges::any_of(lanes, [](const Lane& lane) { return over_loopback(lane.address); }))
    if (auto remark = pacing_remark(default_congestion_control(), measurement); !remark.empty())
      measurement.verdict.raise(load::VerdictLevel::valid, std::move(remark));
  if (!steady && !control.interrupted)
    measurement.verdict.raise(load::VerdictLevel::suspect,
                              fmt::format("throughput was not steady after {} of warm-up; let it take longer",
                                          format_duration(spec.warm_up)));
  return measurement;
}

}  // namespace hotlap::loadgen
