// Which server to start and how: one of ours (hotlap-target, or another build of it) or anybody's command.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/cpu_set.h"
#include "base/units.h"

namespace hotlap::harness {

struct TargetSpec {
  // Of hotlap-target; its own defaults hold where nothing is given.
  std::string program;  // another build of hotlap-target; empty: the one beside this program
  std::string engine = "epoll";
  int workers = 1;
  std::optional<std::string> workers_as;  // threads or processes
  std::optional<std::uint64_t> threads;   // of each worker of threadpool
  std::optional<Nanos> burn;              // processor time before each answer
  std::optional<std::uint64_t> gather_responses;
  std::optional<std::uint64_t> gather_bytes;
  std::string store = "none";
  std::string store_connections = "one";
  std::optional<std::string> store_schema;        // of postgres: relational or jsonb
  std::optional<std::string> store_rating_index;  // of postgres with jsonb: on or off
  std::optional<std::string> operations;          // of pages: article or code
  std::uint16_t port = 0;                         // 0: a free one

  // Of somebody else's server: its arguments with "{port}" somewhere; then nothing above applies.
  std::vector<std::string> command;
  std::string ready = "/";  // the path that answers once it is ready

  CpuSet cpus;

  [[nodiscard]] bool is_ours() const noexcept { return command.empty(); }
  bool operator==(const TargetSpec&) const = default;
};

}  // namespace hotlap::harness
