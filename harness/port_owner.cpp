#include "harness/port_owner.h"

#include <fmt/core.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "base/socket.h"

namespace hotlap::harness {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool holds_one_of(const fs::path& process, const std::set<std::uint64_t>& inodes) {
  constexpr std::string_view kSocket = "socket:[";
  std::error_code error;
  for (fs::directory_iterator entry(process / "fd", error), end; !error && entry != end; entry.increment(error)) {
    std::error_code unreadable;
    const auto link = fs::read_symlink(entry->path(), unreadable).string();
    if (unreadable || !link.starts_with(kSocket)) continue;
    std::uint64_t inode = 0;
    std::from_chars(link.data() + kSocket.size(), link.data() + link.size(), inode);
    if (inodes.contains(inode)) return true;
  }
  return false;
}

}  // namespace

std::set<std::uint64_t> listening_inodes(std::string_view table, std::uint16_t port) {
  constexpr std::string_view kListen = "0A";
  std::set<std::uint64_t> inodes;
  std::istringstream lines{std::string(table)};
  std::string line;
  while (std::getline(lines, line)) {
    // sl local_address rem_address st queues timer retransmits uid timeout inode …
    std::istringstream fields(line);
    std::string number, local, remote, state, queues, timer, retransmits, uid, timeout;
    std::uint64_t inode = 0;
    if (!(fields >> number >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode))
      continue;
    const auto colon = local.rfind(':');
    std::uint16_t local_port = 0;
    if (colon == std::string::npos) continue;
    std::from_chars(local.data() + colon + 1, local.data() + local.size(), local_port, 16);
    if (state == kListen && local_port == port) inodes.insert(inode);
  }
  return inodes;
}

Result<void> require_port_owner(std::uint16_t port, pid_t group) {
  auto inodes = listening_inodes(read_file("/proc/net/tcp"), port);
  inodes.merge(listening_inodes(read_file("/proc/net/tcp6"), port));
  std::string stranger;
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
    const auto name = entry->path().filename().string();
    pid_t pid = 0;
    const auto [last, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (bad != std::errc{} || last != name.data() + name.size() || !holds_one_of(entry->path(), inodes)) continue;
    if (::getpgid(pid) == group) return {};
    auto command = read_file(entry->path() / "comm");
    stranger = fmt::format("process {} ({})", pid, printable(command.substr(0, command.find('\n'))));
  }
  if (inodes.empty()) return fail(fmt::format("nothing listens on port {}", port), ExitCode::target_not_ready);
  return fail(fmt::format("port {} belongs to {}, not to the target; stop that program or choose another port", port,
                          stranger.empty() ? "a process that cannot be seen from here" : stranger),
              ExitCode::target_not_ready);
}

Result<std::uint16_t> free_port() {
  const auto address = resolve("127.0.0.1", 0);
  if (!address) return std::unexpected(address.error());
  const auto listener = listen_tcp(*address, {});
  if (!listener) return std::unexpected(listener.error());
  const auto bound = local_address(*listener);
  if (!bound) return std::unexpected(bound.error());
  return bound->port();
}

}  // namespace hotlap::harness
