// Which server to start and how: one of ours (hotlap-target, or another build of it), anybody's command, or one that
// runs already; built from a revision first, and behind a proxy, where that is asked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/cpu_set.h"
#include "base/tls.h"
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

  // Of somebody else's server: its arguments; {port} or {socket} stands in them or in the environment. Then nothing
  // above applies.
  std::vector<std::string> command;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string directory;  // where it starts; empty: where we are
  std::string log;        // its output is added to this file; empty: a file that goes with the trial
  bool ready_fd = false;  // it writes to the descriptor {ready_fd} when it is ready

  // Of a server that runs already: http://127.0.0.1:8080, https://localhost:8443 or unix:/run/app.sock. Then nothing
  // above applies.
  std::string url;
  bool allow_remote = false;
  TlsTrust trust;  // of https

  // When is a server that is not ours ready? All that is given must hold.
  std::string ready = "/";  // the path that answers …
  int ready_status_low = 100;
  int ready_status_high = 599;
  std::string ready_body;  // … with this in its body
  Nanos ready_timeout = std::chrono::seconds(10);

  std::vector<std::string> version;  // a command whose first line is kept with the session; empty: not asked

  // A revision that is checked out and built before the first trial; {source} is where.
  std::string git;
  std::string repository;          // empty: the one that the scenario is in
  std::vector<std::string> build;  // arguments; empty: nothing to build
  Nanos build_timeout = std::chrono::minutes(15);

  // The proxy that the load goes through.
  std::string front = "none";  // or nginx, haproxy
  std::string front_upstream = "keep-alive";
  std::string front_errors = "good";
  CpuSet front_cpus;  // empty: the target's

  std::vector<std::string> needs;  // programs; python:MODULE; "run: COMMAND", which exits 0 if all is there
  CpuSet cpus;

  [[nodiscard]] bool is_ours() const noexcept { return command.empty() && url.empty(); }
  [[nodiscard]] bool runs_already() const noexcept { return !url.empty(); }
  [[nodiscard]] bool has_front() const noexcept { return front != "none"; }
  bool operator==(const TargetSpec&) const = default;
};

}  // namespace hotlap::harness
