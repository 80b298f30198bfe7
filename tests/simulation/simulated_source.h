// The requests of a simulated world: several kinds in any order, rests before some of them, an end at some point. Shows
// the truth what the worker shows it. One per world; not thread-safe.
#pragma once

#include <fmt/core.h>

#include <string>
#include <vector>

#include "loadgen/request_source.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/simulated_network.h"
#include "tests/simulation/truth.h"
#include "tests/simulation/world.h"

namespace hotlap::loadgen::simulation {

class SimulatedSource final : public RequestSource {
 public:
  SimulatedSource(const World& world, const SimulatedNetwork& network, Truth& truth)
      : world_(world), network_(network), truth_(truth), dice_(world.seed * 2 + 7) {
    if (world.constant) constant_ = text(0);
  }

  const std::vector<RequestKind>& kinds() const noexcept override { return world_.kinds; }
  std::string_view constant() const noexcept override { return constant_; }
  Request next(std::uint32_t) override {
    ++given_;
    const auto kind = static_cast<std::uint16_t>(dice_.below(world_.kinds.size()));
    last_ = text(kind);
    return {.bytes = last_, .kind = kind};
  }
  bool wants_responses() const noexcept override { return world_.collect; }
  void on_response(std::uint32_t connection, std::uint16_t kind, int status, std::string_view head,
                   std::string_view body) override {
    truth_.saw_response(connection, kind, status, head, body);
  }
  Nanos delay(std::uint32_t connection) override {
    if (world_.longest_rest == Nanos::zero() || dice_.chance(0.5)) return {};
    const Nanos rest = dice_.between(Nanos(1), world_.longest_rest);
    truth_.rests(connection, network_.now() + rest);
    return rest;
  }
  bool wants_stop() const noexcept override { return world_.stop_after > 0 && given_ >= world_.stop_after; }

 private:
  std::string text(std::uint16_t kind) {
    const auto& it = world_.kinds[kind];
    if (!it.head && dice_.chance(0.2))
      return fmt::format("POST /{} HTTP/1.1\r\nHost: simulated\r\nContent-Length: 8\r\n\r\n\r\n\r\nGET ", kind);
    return fmt::format("{} /{} HTTP/1.1\r\nHost: simulated\r\nX: {}\r\n\r\n", it.head ? "HEAD" : "GET", kind,
                       std::string(dice_.below(20), 'x'));
  }

  const World& world_;
  const SimulatedNetwork& network_;
  Truth& truth_;
  Dice dice_;
  std::string constant_;
  std::string last_;
  std::uint64_t given_ = 0;
};

}  // namespace hotlap::loadgen::simulation
