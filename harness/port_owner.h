// Whose is this listening socket? A stranger that already listens there must never be measured in the target's place,
// and nothing that we start may listen to other hosts unnoticed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hotlap::harness {

// A socket that listens, from a line of /proc/net/tcp or tcp6.
struct Listener {
  std::string address;  // "127.0.0.1:8080", "[::]:80"
  std::uint16_t port = 0;
  bool loopback = false;    // other hosts cannot reach it
  bool answers_us = false;  // connections to 127.0.0.1 may end there
  std::uint64_t inode = 0;
  bool operator==(const Listener&) const = default;
};
// Those in the text of such a table; lines that are none are passed over. Pure.
[[nodiscard]] std::vector<Listener> listeners_in(std::string_view table);
// Inodes of the sockets that listen at `path`, from the text of /proc/net/unix. Pure.
[[nodiscard]] std::set<std::uint64_t> unix_listeners_in(std::string_view table, std::string_view path);

// Holds when every socket that answers connections to 127.0.0.1:`port` is held by one of `pids`, and there is one.
// Error names the process that holds another, as far as it can be seen.
[[nodiscard]] Result<void> require_port_owner(std::uint16_t port, const std::vector<pid_t>& pids);

// Who holds sockets that listen there, as far as it can be seen.
[[nodiscard]] std::vector<pid_t> owners_of_port(std::uint16_t port);
[[nodiscard]] std::vector<pid_t> owners_of_unix_socket(const std::string& path);

// Addresses at which `pids` listen and which other hosts may reach.
[[nodiscard]] std::vector<std::string> open_to_other_hosts(const std::vector<pid_t>& pids);

// A port that is free now.
[[nodiscard]] Result<std::uint16_t> free_port();

}  // namespace hotlap::harness
