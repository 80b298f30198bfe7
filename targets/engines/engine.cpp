#include "targets/engines/engine.h"

#include <iterator>
#include <string>

namespace hotlap::targets {

Result<std::vector<Fd>> listen_for_workers(const EngineOptions& options, bool nonblocking) {
  const bool shared = options.workers > 1;
  Address address = options.address;
  if (shared) {
    // With SO_REUSEPORT a stranger's server on this port would go unnoticed: the first bind is an exclusive one.
    const auto alone = listen_tcp(address, {.nonblocking = nonblocking});
    if (!alone) return std::unexpected(alone.error());
    const auto taken = local_address(*alone);
    if (!taken) return std::unexpected(taken.error());
    address = *taken;
  }
  std::vector<Fd> listeners;
  for (int worker = 0; worker < options.workers; ++worker) {
    auto listener = listen_tcp(address, {.shared_port = shared, .nonblocking = nonblocking});
    if (!listener) return std::unexpected(listener.error());
    listeners.push_back(std::move(*listener));
  }
  return listeners;
}

CpuSet worker_cpu(const EngineOptions& options, int worker) {
  if (options.cpus.empty()) return {};
  const auto cpu = *std::next(options.cpus.cpus().begin(), worker % static_cast<int>(options.cpus.size()));
  return *CpuSet::parse(std::to_string(cpu));
}

}  // namespace hotlap::targets
