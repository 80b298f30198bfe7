#include "targets/engines/engine.h"

#include <fcntl.h>
#include <netinet/tcp.h>

#include <iterator>
#include <string>

namespace hotlap::targets {
namespace {

Result<Fd> duplicate(int descriptor) {
  Fd copy(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
  if (!copy) return fail_errno("a worker's listener; raise the limit of open files with 'ulimit -n'");
  return copy;
}

// Accepted connections inherit it, so that it costs no system call for each.
void set_no_delay(const Fd& listener) noexcept {
  const int on = 1;
  ::setsockopt(listener.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

Result<std::vector<Fd>> listen_for_workers(const EngineOptions& options, bool nonblocking, bool one_queue) {
  std::vector<Fd> listeners;
  for (const int made : options.listeners) {
    auto listener = duplicate(made);
    if (!listener) return std::unexpected(listener.error());
    listeners.push_back(std::move(*listener));
  }
  if (!listeners.empty()) return listeners;

  const bool shared = options.workers > 1 && !one_queue;
  Address address = options.address;
  if (shared) {
    // With SO_REUSEPORT a stranger's server on this port would go unnoticed: the first bind is an exclusive one.
    const auto alone = listen_tcp(address, {.nonblocking = nonblocking});
    if (!alone) return std::unexpected(alone.error());
    const auto taken = local_address(*alone);
    if (!taken) return std::unexpected(taken.error());
    address = *taken;
  }
  for (int worker = 0; worker < options.workers; ++worker) {
    auto listener = one_queue && worker > 0 ? duplicate(listeners.front().get())
                                            : listen_tcp(address, {.shared_port = shared, .nonblocking = nonblocking});
    if (!listener) return std::unexpected(listener.error());
    set_no_delay(*listener);
    listeners.push_back(std::move(*listener));
  }
  return listeners;
}

void let_accept_return(const Fd& listener) noexcept {
  const timeval often{0, 50'000};
  ::setsockopt(listener.get(), SOL_SOCKET, SO_RCVTIMEO, &often, sizeof often);
}

bool one_at_a_time(std::string_view engine) noexcept {
  return engine == "threadpool" || engine == "prefork";
}

CpuSet worker_cpu(const EngineOptions& options, int worker) {
  if (options.cpus.empty()) return {};
  const auto turn = (options.first_worker + worker) % static_cast<int>(options.cpus.size());
  const auto cpu = *std::next(options.cpus.cpus().begin(), turn);
  return *CpuSet::parse(std::to_string(cpu));
}

}  // namespace hotlap::targets
