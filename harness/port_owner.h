// Whose is this listening port? A stranger that already listens there must never be measured in the target's place.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>

#include "base/error.h"

namespace hotlap::harness {

// Inodes of the sockets that listen on `port`, from the text of /proc/net/tcp or tcp6. Pure.
[[nodiscard]] std::set<std::uint64_t> listening_inodes(std::string_view table, std::uint16_t port);

// Holds when a process of group `group` listens on `port`. Error names the process that does instead, as far as it can
// be seen. Cheap: two tables and one folder of descriptors a process.
[[nodiscard]] Result<void> require_port_owner(std::uint16_t port, pid_t group);

// A port that is free now.
[[nodiscard]] Result<std::uint16_t> free_port();

}  // namespace hotlap::harness
