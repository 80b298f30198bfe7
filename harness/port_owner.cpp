#include "harness/port_owner.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>
#include <sstream>

#include "base/file_text.h"
#include "base/socket.h"

namespace hotlap::harness {
namespace {

namespace fs = std::filesystem;

template <class T>
std::optional<T> whole_number(std::string_view text, int base) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "0100007F": the bytes of an address in words of four, each as this machine reads a number.
std::optional<std::vector<unsigned char>> address_bytes(std::string_view text) {
  std::vector<unsigned char> bytes(text.size() / 2);
  if (bytes.size() != 4 && bytes.size() != 16) return std::nullopt;
  for (std::size_t at = 0; at < bytes.size(); at += 4) {
    const auto word = whole_number<std::uint32_t>(text.substr(2 * at, 8), 16);
    if (!word) return std::nullopt;
    std::memcpy(bytes.data() + at, &*word, 4);
  }
  return bytes;
}

bool only_zeros(const unsigned char* from, const unsigned char* to) {
  return std::all_of(from, to, [](unsigned char byte) { return byte == 0; });
}

Listener described(const std::vector<unsigned char>& bytes, std::uint16_t port, std::uint64_t inode) {
  Listener listener{.port = port, .inode = inode};
  const bool v6 = bytes.size() == 16;
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data(), text.data(), text.size());
  listener.address = v6 ? fmt::format("[{}]:{}", text.data(), port) : fmt::format("{}:{}", text.data(), port);
  const auto* first = bytes.data();
  const auto* last = first + bytes.size();
  const bool mapped = v6 && only_zeros(first, first + 10) && first[10] == 0xFF && first[11] == 0xFF;
  if (v6 && !mapped) {
    listener.loopback = only_zeros(first, last - 1) && last[-1] == 1;
    listener.answers_us = only_zeros(first, last);
  } else {
    const auto* v4 = last - 4;
    listener.loopback = v4[0] == 127;
    listener.answers_us = only_zeros(v4, last) || (v4[0] == 127 && only_zeros(v4 + 1, v4 + 3) && v4[3] == 1);
  }
  return listener;
}

std::vector<Listener> all_listeners() {
  auto all = listeners_in(file_text("/proc/net/tcp"));
  const auto v6 = listeners_in(file_text("/proc/net/tcp6"));
  all.insert(all.end(), v6.begin(), v6.end());
  return all;
}

// Of the sockets that the process holds.
std::set<std::uint64_t> inodes_held_by(const fs::path& process) {
  constexpr std::string_view kSocket = "socket:[";
  std::set<std::uint64_t> inodes;
  std::error_code error;
  for (fs::directory_iterator entry(process / "fd", error), end; !error && entry != end; entry.increment(error)) {
    std::error_code unreadable;
    const auto link = fs::read_symlink(entry->path(), unreadable).string();
    if (unreadable || !link.starts_with(kSocket) || !link.ends_with(']')) continue;
    const auto digits = std::string_view(link).substr(kSocket.size(), link.size() - kSocket.size() - 1);
    if (const auto inode = whole_number<std::uint64_t>(digits, 10)) inodes.insert(*inode);
  }
  return inodes;
}

std::set<std::uint64_t> inodes_held_by(const std::vector<pid_t>& pids) {
  std::set<std::uint64_t> inodes;
  for (const pid_t pid : pids) inodes.merge(inodes_held_by(fs::path("/proc") / std::to_string(pid)));
  return inodes;
}

std::vector<pid_t> owners_of(const std::set<std::uint64_t>& inodes) {
  std::vector<pid_t> owners;
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error), end; !inodes.empty() && !error && entry != end;
       entry.increment(error)) {
    const auto pid = whole_number<pid_t>(entry->path().filename().string(), 10);
    if (!pid) continue;
    const auto held = inodes_held_by(entry->path());
    if (std::ranges::any_of(held, [&](std::uint64_t inode) { return inodes.contains(inode); })) owners.push_back(*pid);
  }
  std::ranges::sort(owners);
  return owners;
}

}  // namespace

std::vector<Listener> listeners_in(std::string_view table) {
  constexpr std::string_view kListen = "0A";
  std::vector<Listener> listeners;
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
    if (colon == std::string::npos || state != kListen) continue;
    const auto port = whole_number<std::uint16_t>(std::string_view(local).substr(colon + 1), 16);
    const auto bytes = address_bytes(std::string_view(local).substr(0, colon));
    if (port && bytes) listeners.push_back(described(*bytes, *port, inode));
  }
  return listeners;
}

std::set<std::uint64_t> unix_listeners_in(std::string_view table, std::string_view path) {
  constexpr std::uint32_t kAccepts = 0x10000;  // __SO_ACCEPTCON
  std::set<std::uint64_t> inodes;
  std::istringstream lines{std::string(table)};
  std::string line;
  while (std::getline(lines, line)) {
    // Num RefCount Protocol Flags Type St Inode Path; a path may hold blanks
    std::istringstream fields(line);
    std::string number, count, protocol, flags, type, state, name;
    std::uint64_t inode = 0;
    if (!(fields >> number >> count >> protocol >> flags >> type >> state >> inode >> std::ws)) continue;
    std::getline(fields, name);
    if (name == path && whole_number<std::uint32_t>(flags, 16).value_or(0) == kAccepts) inodes.insert(inode);
  }
  return inodes;
}

Result<void> require_port_owner(std::uint16_t port, const std::vector<pid_t>& pids) {
  const auto held = inodes_held_by(pids);
  std::set<std::uint64_t> foreign;
  bool any = false;
  for (const auto& listener : all_listeners()) {
    if (listener.port != port || !listener.answers_us) continue;
    any = true;
    if (!held.contains(listener.inode)) foreign.insert(listener.inode);
  }
  if (!any) return fail(fmt::format("nothing listens on port {}", port), ExitCode::target_not_ready);
  if (foreign.empty()) return {};
  std::string stranger = "a process that cannot be seen from here";
  if (const auto owners = owners_of(foreign); !owners.empty()) {
    const auto command = file_text(fmt::format("/proc/{}/comm", owners.front()));
    stranger = fmt::format("process {} ({})", owners.front(), printable(command.substr(0, command.find('\n'))));
  }
  return fail(
      fmt::format("port {} belongs to {}, not to the target; stop that program or choose another port", port, stranger),
      ExitCode::target_not_ready);
}

std::vector<pid_t> owners_of_port(std::uint16_t port) {
  std::set<std::uint64_t> inodes;
  for (const auto& listener : all_listeners())
    if (listener.port == port) inodes.insert(listener.inode);
  return owners_of(inodes);
}

std::vector<pid_t> owners_of_unix_socket(const std::string& path) {
  return owners_of(unix_listeners_in(file_text("/proc/net/unix"), path));
}

std::vector<std::string> open_to_other_hosts(const std::vector<pid_t>& pids) {
  const auto held = inodes_held_by(pids);
  std::vector<std::string> addresses;
  for (const auto& listener : all_listeners())
    if (!listener.loopback && held.contains(listener.inode)) addresses.push_back(listener.address);
  std::ranges::sort(addresses);
  addresses.erase(std::ranges::unique(addresses).begin(), addresses.end());
  return addresses;
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
